import fc from 'fast-check';
import { expect, test } from 'vitest';
import { redactConfig } from './redact-config.ts';

const redact = (text: string): string => redactConfig(text, { isWhole: true });
const CUT = '# [redacted: the rest of this file is written in a way that cannot be checked for secrets]\n';

/** What is harmless stays as it is, to the letter. */
test.each([
  'streams: 4\nbitrate_kbps: 2500\n',
  '# a word about it\n\nname: "Lobby, \\"north\\""\nother: \'it\'\'s\'\n',
  'list:\n  - one\n  - two # said so\nmap: {a: 1, b: [x, "y", \'z\']}\n',
  'nested:\n  deeper:\n    deepest: true\n  beside: ~\n',
  'text: |\n  first\n    second\n\n  third\nfolded: >-\n  a\n  b\nafter: 1\n',
  'url: http://10.0.0.1:8080/a?b=c#d\ntime: 12:30:00\n',
  'windows: 1\r\nlines: 2\r\n',
  'base: &b {a: 1}\nuse:\n  <<: *b\n',
  '---\na: 1\n...\n--- # second\nb: 2\n',
  'a long text: that goes\n  on here\n  and here\nb: 2\n',
  'last: without a line break',
  '- name: a\n  size: 1\n- - x\n  - y\n',
  '',
  'ünïcödé: ✓\n',
])('%j is shown as it is', (text) => expect(redact(text)).toBe(text));

const SECRET = 'hunter2';
/** Each with what is left to see. */
const table: readonly (readonly [string, string])[] = [
  // the words, in any case, anywhere in the name
  ['token: hunter2\n', 'token: [redacted]\n'],
  ['secret: hunter2\n', 'secret: [redacted]\n'],
  ['password: hunter2\n', 'password: [redacted]\n'],
  ['passkey: hunter2\n', 'passkey: [redacted]\n'],
  ['key: hunter2\n', 'key: [redacted]\n'],
  ['UPLOAD_TOKEN: hunter2\n', 'UPLOAD_TOKEN: [redacted]\n'],
  ['ClientSecret: hunter2\n', 'ClientSecret: [redacted]\n'],
  ['apiKeyId: hunter2\n', 'apiKeyId: [redacted]\n'],
  ['db password of ana: hunter2\n', 'db password of ana: [redacted]\n'],
  ['ｐａｓｓｗｏｒｄ: hunter2\n', 'ｐａｓｓｗｏｒｄ: [redacted]\n'],
  // how a key can be written
  ['"token": hunter2\n', '"token": [redacted]\n'],
  ["'token' : hunter2\n", "'token' : [redacted]\n"],
  ['"\\x74oken": hunter2\n', '"\\x74oken": [redacted]\n'],
  ['token:\thunter2\n', 'token:\t[redacted]\n'],
  ['token   :   hunter2\n', 'token   :   [redacted]\n'],
  ['&a token: hunter2\n', '&a token: [redacted]\n'],
  ['!!str token: hunter2\n', '!!str token: [redacted]\n'],
  ['? token\n: hunter2\n', CUT],
  ['? |\n  token\n: hunter2\n', CUT],
  ['[token]: hunter2\n', CUT],
  ['"tok\n  en": hunter2\n', CUT],
  ['- &k token\n- *k : hunter2\n', '- &k [redacted]\n- *k : [redacted]\n'],
  // how a value can be written
  ['token: "hunter2"\nb: 1\n', 'token: [redacted]\nb: 1\n'],
  ["token: 'it''s hunter2'\nb: 1\n", 'token: [redacted]\nb: 1\n'],
  ['token: "a\\"\n  hunter2\\\\"\nb: 1\n', 'token: [redacted]\nb: 1\n'],
  ['token: "a\nhunter2: b\n"\nb: 1\n', 'token: [redacted]\nb: 1\n'],
  ['token: "never closed\nhunter2: b\n', CUT],
  ['token: a\n  hunter2\n\n  hunter2\nb: 1\n', 'token: [redacted]\nb: 1\n'],
  ['token: |\n  hunter2\n\n    hunter2\n  b: 1\nb: 2\n', 'token: [redacted]\nb: 2\n'],
  ['token: >2-\n    hunter2\n  hunter2\nb: 2\n', 'token: [redacted]\nb: 2\n'],
  ['token: |\n hunter2\nb: 2\n', 'token: [redacted]\nb: 2\n'],
  ['token:\n  hunter2\nb: 1\n', 'token: [redacted]\nb: 1\n'],
  ['token:\n\n# so\n  "hunter2"\nb: 1\n', 'token: [redacted]\nb: 1\n'],
  ['token: # now it comes\n  hunter2\n', 'token: [redacted]\n'],
  ['token: 1 # hunter2\n', 'token: [redacted]\n'],
  ['token: !!binary |\n  aHVudGVyMg==hunter2\n', 'token: [redacted]\n'],
  ['token: &a hunter2\n', 'token: [redacted]\n'],
  ['tokens:\n- hunter2\n- hunter2\nb: 1\n', 'tokens: [redacted]\nb: 1\n'],
  ['tokens:\n  - hunter2\n  -\n    hunter2\nb: 1\n', 'tokens: [redacted]\nb: 1\n'],
  ['a:\n  - tokens:\n    - hunter2\n    - hunter2\n  - b: 1\n', 'a:\n  - tokens: [redacted]\n  - b: 1\n'],
  ['tokens:\n  a: hunter2\n  b:\n    c: hunter2\nb: 1\n', 'tokens: [redacted]\nb: 1\n'],
  ['tokens:\n  "a\nb": hunter2\n', `tokens: [redacted]\n${CUT}`],
  ['tokens: [hunter2,\nhunter2: 1,\n"]", hunter2]\nb: 1\n', 'tokens: [redacted]\nb: 1\n'],
  ['tokens: {\na: hunter2,\n# }\nb: hunter2\n}\nc: 1\n', 'tokens: [redacted]\nc: 1\n'],
  ['tokens:\n{\na: hunter2\n}\nb: 1\n', 'tokens: [redacted]\nb: 1\n'],
  ['token:\nhunter2\nhunter2\nb: 1\n', 'token: [redacted]\nb: 1\n'],
  ['token:\n"hunter2"\nb: 1\n', 'token: [redacted]\nb: 1\n'],
  // inside of something else
  ['a:\n  token: hunter2\n  b: 1\n', 'a:\n  token: [redacted]\n  b: 1\n'],
  ['- token: hunter2\n  b: 1\n', '- token: [redacted]\n  b: 1\n'],
  ['- - token: hunter2\n    b: 1\n', '- - token: [redacted]\n    b: 1\n'],
  ['auth: {user: bob, token: hunter2}\nb: 1\n', 'auth: [redacted]\nb: 1\n'],
  ['auth: {user: bob,\n token: hunter2, c: [1,\n2]}\nb: 1\n', 'auth: [redacted]\nb: 1\n'],
  ['auth: {"user": "bob", "token": "hunter2", "n": [1, {"key": "hunter2"}]}\nb: 1\n', 'auth: {"user":"bob","token":"[redacted]","n":[1,{"key":"[redacted]"}]}\nb: 1\n'],
  ['auth: {"user":"bob","\\u0074oken":"hunter2"}\n', 'auth: {"user":"bob","token":"[redacted]"}\n'],
  ['auth: {user: bob, "\\x74oken": hunter2}\n', 'auth: [redacted]\n'],
  ['- &k token\n- {*k : hunter2}\n', '- &k [redacted]\n- [redacted]\n'],
  ['auth: {a:"token: hunter2\n"}\n', CUT],
  ['auth: [!!str "]", {token: hunter2}]\n', 'auth: [redacted]\n'],
  ["auth: [it's, {token: hunter2}, don't]\n", 'auth: [redacted]\n'],
  ['script: |\n  export TOKEN=hunter2\n  run\nb: 1\n', 'script: [redacted]\nb: 1\n'],
  ['command: run --password hunter2\n', 'command: [redacted]\n'],
  ['note:\n  my password is\n  hunter2\nb: 1\n', 'note:\n  [redacted]\nb: 1\n'],
  ['url: https://h/?token=hunter2\n', 'url: [redacted]\n'],
  ['url: rtsp://ana:hunter2@10.0.0.9/live\n', 'url: rtsp://[redacted]@10.0.0.9/live\n'],
  ["url: rtsp://ana:it's-hunter2@10.0.0.9/live\n", 'url: rtsp://[redacted]@10.0.0.9/live\n'],
  ['url: rtsp://ana:at@hunter2@10.0.0.9/live\n', 'url: rtsp://[redacted]@10.0.0.9/live\n'],
  ['header: "Authorization: Basic hunter2"\n', 'header: [redacted]\n'],
  ['wifi_psk: hunter2\n', 'wifi_psk: [redacted]\n'],
  ['env:\n  - name: API_TOKEN\n    value: hunter2\n  - name: SIZE\n    value: 4\n', 'env:\n  - name: [redacted]\n  - name: SIZE\n    value: 4\n'],
  ['env:\n  - key: ANYTHING\n    value: hunter2\n  - b: 1\n', 'env:\n  - key: [redacted]\n  - b: 1\n'],
  ['token:hunter2\n', '[redacted]\n'],
  // comments
  ['# token: hunter2\na: 1\n', '# [redacted]\na: 1\n'],
  ['# password: |\n#   hunter2\n# more\na: 1\n# fine\n', '# [redacted]\n# [redacted]\n# [redacted]\na: 1\n# fine\n'],
  ['a: 1 # the token is hunter2\nb: 1\n', 'a: [redacted]\nb: 1\n'],
  // anchors
  ['base: &b hunter2\nother: &c 1\ntoken: *b\n', 'base: [redacted]\nother: [redacted]\ntoken: [redacted]\n'],
  ['base: &b\n  x: hunter2\ntokens:\n  - *b\n', 'base: [redacted]\ntokens: [redacted]\n'],
  ['base: &b hunter2\n\ttoken: *b\n', `base: [redacted]\n${CUT}`],
  // line breaks
  ['a: 1\r\ntoken: |\r\n  hunter2\r\nb: 1\r\n', 'a: 1\r\ntoken: [redacted]\r\nb: 1\r\n'],
  ['a: 1\rtoken: hunter2\rb: 1\r', 'a: 1\rtoken: [redacted]\rb: 1\r'],
  ['a: 1\nb: 2\u2028token: hunter2\n', `a: 1\n${CUT}`],
  ['a: 1\nb: "\u0085token: hunter2"\n', `a: 1\n${CUT}`],
  ['\uFEFFtoken: hunter2\n', 'token: [redacted]\n'],
  // whatever it cannot read
  ['a: 1\n\ttoken: hunter2\n', `a: 1\n${CUT}`],
  ['%TAG ! tag:x\n---\ntoken: hunter2\n', CUT],
  ['a: 1\n--- |\n hunter2 token\n', `a: 1\n${CUT}`],
  ['a: [1, 2\ntoken: hunter2\n', CUT],
  ['a: [1}\ntoken: hunter2\n', CUT],
  ['a: "b" c\ntoken: hunter2\n', CUT],
  ['a: - token\n   hunter2\n', CUT],
  ['a: @token\nhunter2\n', CUT],
  // JSON
  ['{"a": 1, "token": "hunter2", "list": [{"Secret": {"x": "hunter2"}}, "password=hunter2"]}', '{\n  "a": 1,\n  "token": "[redacted]",\n  "list": [\n    {\n      "Secret": "[redacted]"\n    },\n    "[redacted]"\n  ]\n}\n'],
  ['{"\\u0074oken": "hunter2"}', '{\n  "token": "[redacted]"\n}\n'],
  ['{"env": [{"name": "API_TOKEN", "value": "hunter2"}]}', '{\n  "env": [\n    {\n      "name": "[redacted]",\n      "value": "[redacted]"\n    }\n  ]\n}\n'],
  ['{"a": 1, "token":\n"hunter2",}\n', '[redacted]\n'],
  // our own
  [`note: rst_${'S'.repeat(43)}\n`, 'note: rst_[redacted]\n'],
];
test.each(table)('of %j is left %j', (text, left) => {
  expect(redact(text)).toBe(left);
  expect(redact(text)).not.toContain(SECRET);
});

test('where the text goes on unseen, a value that somebody could point at is hidden', () => {
  expect(redactConfig('base: &b hunter2\n', { isWhole: false })).toBe('base: [redacted]\n');
});

// ---- anything

const MARK = 'zQ7-hUnTeR';
const plainWord = fc.constantFrom('streams', 'size', 'lobby', 'mode', 'rate_2', 'x');
const secretWord = fc.constantFrom('token', 'Secret', 'db_password', 'PASSKEY', 'api-key', 'auth token', 'keys');
const quoted = (text: string, style: number) => (style === 0 ? text : style === 1 ? JSON.stringify(text) : `'${text}'`);
type Tree = { readonly lines: readonly string[] };
const indent = (tree: Tree, by: number): readonly string[] => tree.lines.map((line) => (line === '' ? line : ' '.repeat(by) + line));

/** A value of any style, with the mark in it; the first line goes behind the key. */
const secretValue: fc.Arbitrary<Tree> = fc.oneof(
  fc.constantFrom(0, 1, 2).map((style) => ({ lines: [` ${quoted(`${MARK} ${MARK}`, style)}`] })),
  fc.constantFrom('|', '>', '|-', '>+').map((head) => ({ lines: [` ${head}`, `  ${MARK}`, '', `    ${MARK}: x`, `  # ${MARK}`] })),
  fc.constantFrom('"', "'").map((quote) => ({ lines: [` ${quote}a`, `  b: ${MARK}`, '', `${MARK}: c${quote}`] })),
  fc.constant({ lines: [` a ${MARK}`, `  ${MARK}`, '', `   ${MARK}`] }),
  fc.constant({ lines: ['', `- ${MARK}`, `- x: ${MARK}`] }),
  fc.constant({ lines: [' # here', '', `  x:`, `    - ${MARK}`, `  y: "${MARK}`, `  z: ${MARK}"`] }),
  fc.constant({ lines: [` [a, {x: ${MARK},`, `y: "]${MARK}"}, '}`, `${MARK}',`, `  ${MARK}]`] }),
  fc.constant({ lines: [` &a !!str`, `  "${MARK}"`] }),
);
const entry = (key: string, value: Tree): Tree => ({ lines: [`${key}:${value.lines[0] ?? ''}`, ...value.lines.slice(1)] });
const tree: fc.Arbitrary<Tree> = fc.letrec<{ tree: Tree; block: Tree }>((tie) => ({
  block: fc.oneof(
    { depthSize: 'small' },
    fc.tuple(plainWord, fc.constantFrom('4', '"b, c"', '[1, 2]', '{a: b}', "'it''s'", '~')).map(([key, value]) => ({ lines: [`${key}: ${value}`] })),
    fc.tuple(secretWord, fc.constantFrom(0, 1, 2), secretValue).map(([key, style, value]) => entry(quoted(key, style), value)),
    fc.tuple(plainWord, secretWord).map(([key, secret]) => ({ lines: [`${key}: {a: 1, ${secret}: ${MARK},`, `  b: [${MARK}]}`] })),
    fc.constant({ lines: ['# a comment', ''] }),
    fc.constant({ lines: [`# token: ${MARK}`, `#  ${MARK}`, 'after: 1'] }),
    fc.tuple(plainWord, tie('tree')).map(([key, inner]) => ({ lines: [`${key}:`, ...indent(inner, 2)] })),
    fc.tuple(plainWord, tie('tree')).map(([key, inner]) => ({ lines: [`${key}:`, '  -', ...indent(inner, 4)] })),
  ),
  tree: fc.array(tie('block'), { minLength: 1, maxLength: 4 }).map((blocks) => ({ lines: blocks.flatMap((block) => block.lines) })),
})).tree;

test('no secret of any file survives, whatever it is nested in and however it is written', () => {
  fc.assert(
    fc.property(tree, fc.constantFrom('\n', '\r\n'), ({ lines }, end) => {
      const text = lines.join(end) + end;
      return !redact(text).includes(MARK);
    }),
    { numRuns: 2_000 },
  );
});

test('any JSON document loses exactly what stands under a secret name', () => {
  const secretJson = fc.dictionary(secretWord, fc.json().map((text) => [MARK, text]), { minKeys: 1 });
  fc.assert(fc.property(secretJson, plainWord, (bag, name) => !redact(JSON.stringify({ [name]: [bag], b: { ...bag } })).includes(MARK)));
});

test('any text at all is answered, soon, and never with more than it had', () => {
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom('token', ':', ' ', '\n', '"', "'", '[', '}', '{', ']', '-', '#', '|', '&a', '*a', '\t', '?', 'x') , maxLength: 60 }), (text) => redact(text).length <= 11 * text.length + CUT.length), { numRuns: 1_000 });
  for (const text of [' '.repeat(1e6), '\n'.repeat(1e6), 'a'.repeat(1e6), '- '.repeat(5e5), '['.repeat(1e6), '{"a":'.repeat(2e5), `a: |\n${'\n'.repeat(1e6)}b`, `a${' '.repeat(1e6)}:b`, `a: "${"''".repeat(5e5)}`])
    expect(redact(text).length).toBeLessThanOrEqual(text.length + 200);
});
