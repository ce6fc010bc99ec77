import { err, ok, type Result } from '@argus/kit/result.ts';

/**
 * The flat corner of YAML that `config.yaml` is read as: `key: value`, one per line, and comments. What YAML would read
 * otherwise (lists, blocks, anchors, types, several documents) is refused with its line, never guessed at.
 */
export type FlatYaml = ReadonlyMap<string, string>;

const LINE = /^([A-Za-z_][\w.-]{0,63}):(?:[ ]+(.*))?$/;
/** Begins something in YAML that is no plain word. */
const SPECIAL = /^[-?:,[\]{}#&*!|>'"%@`]/;
const LINES_MAX = 1_000;

export function parseFlatYaml(text: string): Result<FlatYaml, string> {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  if (lines.length > LINES_MAX) return err(`it has more than ${LINES_MAX} lines`);
  const found = new Map<string, string>();
  for (const [index, line] of lines.entries()) {
    if (/^[ ]*(#.*)?$/.test(line)) continue;
    const at = `line ${index + 1}`;
    const [, key, rest = ''] = LINE.exec(line) ?? [];
    if (key === undefined) return err(`${at} is not of the form "key: value"`);
    if (found.has(key)) return err(`${at} names ${key} a second time`);
    const value = scalar(rest);
    if (value === null) return err(`${at} has a value that is no plain word, number or quoted text`);
    found.set(key, value);
  }
  return ok(found);
}

function scalar(rest: string): string | null {
  const quoted = /^(?:"([^"\\]*)"|'([^']*)')[ ]*(?:(?<=[ ])#.*)?$/.exec(rest);
  if (quoted) return quoted[1] ?? quoted[2] ?? '';
  const plain = rest.replace(/(?:^|[ ])#.*$/, '').trimEnd();
  return SPECIAL.test(plain) || plain.includes(': ') || plain.endsWith(':') || /[\p{Cc}]/u.test(plain) ? null : plain;
}
