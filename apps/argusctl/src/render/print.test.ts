import { expect, test } from 'vitest';
import { answering, run } from '../../test/run.ts';
import { printJson } from './json.ts';
import { paintFor } from './paint.ts';
import { asTyped } from './own-words.ts';
import { print, printIds } from './print.ts';
import { resultView } from './result.ts';
import { aside, body, fields, idsOf, line, shownOnce, table } from './view.ts';

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

const WIDE = table(['SESSION', 'AGENT', 'REASON'], [['rss_aaaaaaaaaaaaaaaaaaaa', 'agent_macpro_lobby_01', 'the camera of the lobby shows nothing since the morning']], '');
test.each([
  [120, 'SESSION                   AGENT                  REASON\nrss_aaaaaaaaaaaaaaaaaaaa  agent_macpro_lobby_01  the camera of the lobby shows nothing since the morning\n'],
  [70, 'SESSION                   AGENT                  REASON\nrss_aaaaaaaaaaaaaaaaaaaa  agent_macpro_lobby_01  the camera of the lo…\n'],
  [40, 'session        rss_aaaaaaaaaaaaaaaaaaaa\nagent          agent_macpro_lobby_01\nreason         the camera of the lobby shows nothing since the morning\n'],
  [undefined, 'SESSION                   AGENT                  REASON\nrss_aaaaaaaaaaaaaaaaaaaa  agent_macpro_lobby_01  the camera of the lobby shows nothing since the morning\n'],
])('in %s columns ids are whole, and only the last column is cut', (columns, text) => expect(print([WIDE], plain, columns)).toBe(text));

test.each([
  ['a table', [WIDE], 'rss_aaaaaaaaaaaaaaaaaaaa\n'],
  ['an empty one', [table(['A'], [], 'none')], ''],
  ['fields', [fields({ tenant: 'UTD_7ELEVEN_001', name: 'Seven' }), line('next')], 'UTD_7ELEVEN_001\n'],
  ['ids that were named', [idsOf('#7', HOSTILE), fields({ a: 'b' })], '#7\na [31mb c 2Jd e f g h\n'],
  ['no ids, named', [idsOf(), fields({ a: 'b' })], ''],
  ['a secret', [fields({ session: 'rss_x' }), shownOnce('session token', TOKEN)], `${TOKEN}\n`],
  ['a text', [body('one\ntwo'), line('')], 'one\ntwo\n'],
  ['a sentence', [line('Nothing yet.')], ''],
])('-q of %s', (_what, view, text) => expect(printIds(view)).toBe(text));

test('what to type next is in the spelling that works here, and other words stay', () => {
  const npm = 'npm run --silent argusctl -- --demo';
  expect(asTyped('See argusctl tenant ls, or argusctl session ls. argusctl makes one; apps/argusctl too.', npm)).toBe(`See ${npm} tenant ls, or ${npm} session ls. argusctl makes one; apps/argusctl too.`);
});

test('after a refusal the hint and the next command are in one\'s own spelling, with the names that were typed', async () => {
  const { toProblem, deny } = await import('@argus/protocol/errors.ts');
  const refused = await run(['agent', 'activate', 'agent_a_1', '--tenant', 'BAKERY_SOUTH', '--reason', 'look', '--url', 'https://ops.example'], { fetch: answering(403, toProblem(deny('tenant_not_armed'), 'req_1')) });
  expect(refused.stderr).toBe('error: The tenant is not armed (tenant_not_armed)\nArm it with a reason first: argusctl --url https://ops.example tenant arm. All gates at once: argusctl --url https://ops.example support explain, with the same words.\nnext: argusctl --url https://ops.example tenant arm BAKERY_SOUTH --reason "…"\nrequest id: req_1\n');
});
