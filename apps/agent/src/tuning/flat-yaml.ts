import { err, ok, type Result } from '@argus/kit/result.ts';

/**
 * The flat corner of YAML that `config.yaml` is read as: `key: value`, one per line, and comments. A key may hold something
 * else (a list, a block, what is indented below it): then it is there, and nobody here says what it means. What could end
 * elsewhere than it seems to (open quotes and brackets, several documents, merged keys) is refused with its line.
 */
export type FlatYaml = ReadonlyMap<string, string | null>;

const LINE = /^([A-Za-z_][\w.-]{0,63}):(?:[ ]+(.*))?$/;
const LINES_MAX = 1_000;

export function parseFlatYaml(text: string): Result<FlatYaml, string> {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  if (lines.length > LINES_MAX) return err(`it has more than ${LINES_MAX} lines`);
  const found = new Map<string, string | null>();
  let above: string | null = null; // the key that what is indented belongs to
  for (const [index, line] of lines.entries()) {
    if (/^[ ]*(#.*)?$/.test(line)) continue;
    const at = `line ${index + 1}`;
    if (above !== null && (/^[ ]/.test(line) || (/^-([ ]|$)/.test(line) && !found.get(above)))) {
      found.set(above, null);
      continue;
    }
    const [, key, rest = ''] = LINE.exec(line) ?? [];
    if (key === undefined) return err(`${at} is not of the form "key: value"`);
    if (found.has(key)) return err(`${at} names ${key} a second time`);
    const value = scalar(rest);
    if (value === undefined) return err(`${at} has a value that is no plain word, number or quoted text, and may not end where it seems to`);
    found.set(key, value);
    above = key;
  }
  return ok(found);
}

/** Ends on its own line, or goes on in lines that are indented. */
const OTHER = [/^"(?:[^"\\]|\\.)*"[ ]*(?:(?<=[ ])#.*)?$/, /^\[(?:[^[\]{}"'\\]|"[^"\\]*"|'[^']*')*\][ ]*(?:(?<=[ ])#.*)?$/, /^\{(?:[^[\]{}"'\\]|"[^"\\]*"|'[^']*')*\}[ ]*(?:(?<=[ ])#.*)?$/, /^[|>][-+\d]*[ ]*(?:(?<=[ ])#.*)?$/, /^[&*!][^\s"'[{]*(?:[ ]+\w[^"'[{:]*)?$/];
/** Begins something in YAML that is no plain word. */
const SPECIAL = /^[-?:,[\]{}#&*!|>'"%@`]/;

/** Null: of a shape that is not read here. Undefined: nobody can say where it ends. */
function scalar(rest: string): string | null | undefined {
  if (/[\p{Cc}]/u.test(rest)) return undefined;
  const quoted = /^(?:"([^"\\]*)"|'([^']*)')[ ]*(?:(?<=[ ])#.*)?$/.exec(rest);
  if (quoted) return quoted[1] ?? quoted[2] ?? '';
  if (OTHER.some((shape) => shape.test(rest))) return null;
  const plain = rest.replace(/(?:^|[ ])#.*$/, '').trimEnd();
  return SPECIAL.test(plain) || plain.includes(': ') || plain.endsWith(':') ? undefined : plain;
}
