import { expect, test } from 'vitest';
import { answering, run } from '../../test/run.ts';
import { printJson } from './json.ts';
import { paintFor } from './paint.ts';
import { print } from './print.ts';
import { resultView } from './result.ts';
import { aside, fields, line, shownOnce, table } from './view.ts';

const plain = paintFor(false, {});
const HOSTILE = 'a\u001B[31mb\u0000c\u009B2Jd\u202Ee\u2066f\u200Bg\r\nh';
const TOKEN = `rst_${'S'.repeat(43)}`;

test('columns stand under each other, what is not there is a dash, and the last one is not padded', () => {
  const rows = [['agent_a', true, null], ['agent_longer', false, 'x']] as const;
  expect(print([table(['AGENT', 'ON', 'SESSION'], rows, 'none')], plain)).toBe('AGENT         ON   SESSION\nagent_a       yes  -\nagent_longer  no   x\n');
});

test('an empty table is a sentence', () => expect(print([table(['A'], [], 'No agents here.')], plain)).toBe('No agents here.\n'));

test.each([
  ['cell', table(['A'], [[HOSTILE]], '')],
  ['field', fields({ [HOSTILE]: HOSTILE })],
  ['line', line(HOSTILE)],
  ['aside', aside(HOSTILE)],
])('a %s from elsewhere is harmless', (_name, block) => expect(print([block], plain)).not.toMatch(/[^\P{C}\n]/u));

test('a secret in anybody\'s text is blanked; the one that is shown on purpose is not', () => {
  expect(print([line(`see ${TOKEN}`), table(['A'], [[TOKEN]], '')], plain)).not.toContain('SSS');
  expect(print([shownOnce('session token', TOKEN)], plain)).toContain(TOKEN);
});

test('JSON is exact, and harmless all the same', () => {
  const value = { name: `${HOSTILE}\u{E0001}`, nested: [HOSTILE] };
  expect(JSON.parse(printJson(value))).toEqual(value);
  expect(printJson(value)).not.toMatch(/[^\P{C}\n]/u);
});

test.each([
  [true, {}, true],
  [true, { NO_COLOR: '' }, true], // as no-color.org has it: set and not empty
  [true, { NO_COLOR: '1' }, false],
  [true, { TERM: 'dumb' }, false],
  [false, {}, false],
])('terminal %s with %j: colours %s', async (isTTY, env, hasColours) => {
  const me = { operator: 'ana', token_id: `tok_${'k'.repeat(20)}`, scopes: [], tenants: 'all' };
  const { stdout } = await run(['whoami'], { isTTY, env: { ARGUS_PAT: `pat_${'P'.repeat(43)}`, ...env }, fetch: answering(200, me) });
  expect(stdout.includes('\u001B[')).toBe(hasColours);
});

test('a result is read by people: flat fields, and lists as tables', () => {
  const result = { version: '1.4.0', limits: { lines: 5000 }, commands: ['ping', 'agent_info'], cameras: [{ id: 'cam_3', name: 'Lobby', age: null }], deep: { a: { b: [1, { c: 2 }] } } };
  expect(print(resultView(result), plain)).toMatchInlineSnapshot(`
    "version        1.4.0
    limits.lines   5000
    commands       ping, agent_info
    deep.a         {"b":[1,{"c":2}]}

    cameras:
    id     name   age
    cam_3  Lobby  -
    "
  `);
});

test.each([['text', 'text\n'], [null, 'null\n'], [[1, 2], '[1,2]\n']])('a result that is no record is shown too: %j', (result, shown) =>
  expect(print(resultView(result), plain)).toBe(shown));
