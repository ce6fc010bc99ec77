/**
 * Enough of TypeScript's lexical rules to tell code from comments and strings: what a file imports, and its code with
 * everything else blanked out. No parser, so it never disagrees with a new syntax; a tripwire, not a proof.
 */
export type Import = {
  /** What stands between the quotes; null when it is computed, so nobody can tell. */
  readonly specifier: string | null;
  readonly line: number;
};

export type SourceText = {
  /** Comments are spaces and strings are empty; lines keep their numbers. */
  readonly code: string;
  readonly comments: readonly { readonly text: string; readonly line: number }[];
  readonly imports: readonly Import[];
};

/** Stands for a string in the code while we look for imports; a private use character, so no source contains it. */
const MARK = '\uE000';

export function readSource(text: string): SourceText {
  const strings: string[] = [];
  const comments: { text: string; line: number }[] = [];
  let code = '';
  let at = 0;
  // Template literals nest: on `${` we remember how deep the braces were.
  const templates: number[] = [];
  let braces = 0;

  const lineHere = (): number => code.split('\n').length;
  const blank = (piece: string): string => piece.replaceAll(/[^\n]/g, ' ');
  const takeString = (end: RegExp): void => {
    end.lastIndex = at;
    const found = end.exec(text);
    const stop = found ? found.index + found[0].length : text.length;
    strings.push(text.slice(at, found?.index ?? text.length));
    code += `'${MARK}${strings.length - 1}${MARK}'${text.slice(at, stop).replaceAll(/[^\n]/g, '')}`;
    if (found?.[0] === '${') {
      templates.push(braces++);
      code += '+(';
    }
    at = stop;
  };
  const rules: readonly (readonly [RegExp, (token: string) => void])[] = [
    [
      /\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/y,
      (token) => {
        comments.push({ text: token, line: lineHere() });
        code += blank(token);
      },
    ],
    [/'/y, () => takeString(/(?<!\\)(?:\\\\)*'|(?=\n)/g)],
    [/"/y, () => takeString(/(?<!\\)(?:\\\\)*"|(?=\n)/g)],
    [/`/y, () => takeString(/(?<!\\)(?:\\\\)*(?:`|\$\{)/g)],
    [
      /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*/y,
      (token) => {
        // After a value it is a division; only the sign was meant.
        if (/[\w$)\]'"]\s*$/.test(code) && !/\b(?:return|typeof|case|in|of|await|yield)\s*$/.test(code)) {
          at -= token.length - 1;
          code += '/';
        } else code += blank(token);
      },
    ],
    [/\{/y, () => ((code += '{'), braces++)],
    [
      /\}/y,
      () => {
        if (templates.at(-1) === braces - 1) {
          templates.pop();
          braces--;
          code += ')+';
          takeString(/(?<!\\)(?:\\\\)*(?:`|\$\{)/g);
        } else {
          braces--;
          code += '}';
        }
      },
    ],
    [/[\w$]+|[\s\S]/y, (token) => (code += token)],
  ];
  while (at < text.length) {
    for (const [pattern, take] of rules) {
      pattern.lastIndex = at;
      const token = pattern.exec(text)?.[0];
      if (token === undefined) continue;
      at += token.length;
      take(token);
      break;
    }
  }
  return { code: code.replaceAll(/\uE000\d+\uE000/g, ''), comments, imports: findImports(code, strings) };
}

const NAMED = /\b(?:import|export)\b(?:\s+type\b)?\s*(?:[\w$*{}\s,]*?\bfrom\s*)?'\uE000(\d+)\uE000'/g;
const CALLED = /\b(?:import|require)\s*\(\s*(?:'\uE000(\d+)\uE000'\s*[,)])?/g;

function findImports(code: string, strings: readonly string[]): readonly Import[] {
  return [...code.matchAll(NAMED), ...code.matchAll(CALLED)].map((match) => ({
    specifier: match[1] === undefined ? null : (strings[Number(match[1])] ?? null),
    line: code.slice(0, match.index).split('\n').length,
  }));
}
