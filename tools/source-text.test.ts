import { expect, test } from 'vitest';
import { readSource } from './source-text.ts';

const specifiers = (text: string): readonly (string | null)[] => readSource(text).imports.map((i) => i.specifier);

test.each([
  [`import { a, type B } from './a.ts';`, './a.ts'],
  [`import a from "a";`, 'a'],
  [`import * as a from 'a';`, 'a'],
  [`import type { A } from 'a';`, 'a'],
  [`import 'a';`, 'a'],
  [`export { a } from 'a';`, 'a'],
  [`export * from 'a';`, 'a'],
  [`import {\n  a,\n  b,\n} from\n  'a';`, 'a'],
  [`const a = await import('a');`, 'a'],
  [`const a = await import( /* why */ "a" );`, 'a'],
  [`const a = await import(\`a\`);`, 'a'],
  [`const a = require('a');`, 'a'],
  ['const t = `x ${await import("a")} y`;', 'a'],
  ['const t = `x ${`${import("a")}`} y`;', 'a'],
  [`type A = import('a').A;`, 'a'],
])('%j imports it', (text, specifier) => expect(specifiers(text)).toEqual([specifier]));

test.each([`import(name)`, `import('a' + b)`, 'import(`a${b}`)', `require(name)`])(
  '%j is an import nobody can read',
  (text) => expect(specifiers(text)).toEqual([null]),
);

test.each([
  `// import 'a'`,
  `/* import 'a' */`,
  `const t = "import 'a'";`,
  'const t = `import "a"`;',
  `const r = /import 'a'/;`,
  `const t = 'it\\'s import "a"';`,
  `import.meta.resolve('a');`,
  `export const a = 'b';`,
  `export type A = 'b' | 'c';`,
  `const from = 'a';`,
])('%j imports nothing', (text) => expect(specifiers(text)).toEqual([]));

test('comments and strings are blanked, code and line numbers stay', () => {
  const { code } = readSource(
    `a(); // Date.now()\n/* process.env\n */ b('Math.random()', \`Date.now() \${c()}\`, /console.log/);\nd / e / f;`,
  );
  expect(code).not.toMatch(/Date|process|Math|console/);
  expect(code).toMatch(/a\(\);.*\n.*\n.*b\(.*c\(\).*\);\nd \/ e \/ f;/);
});

test('what follows a string, a template, a division or a regular expression is code again', () => {
  for (const before of [`'a\\\\'`, '`${1}`', '`\\`${{ a: `}` }.a}`', '1 / 2', '/[/]"\\//', 'x[0] / (y) / z', `"\\""`]) {
    expect(readSource(`const a = ${before}; Date.now();`).code, before).toMatch(/Date\.now\(\);$/);
  }
});

test('comments are kept with their lines', () => {
  expect(readSource('a;\n// why\nb; /* how */').comments).toEqual([
    { text: '// why', line: 2 },
    { text: '/* how */', line: 3 },
  ]);
});
