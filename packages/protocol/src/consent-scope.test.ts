import { expect, test } from 'vitest';
import { COMMANDS } from './commands/index.ts';
import { ConsentScope, EVERYTHING, outsideScope, readScope, SCOPE_TEXT_MAX, scopeText, type CarriedScope, type Use } from './consent-scope.ts';
import { mustId } from './ids.ts';

const AGENT = mustId('agent', 'agent_lobby_01');
const NOON = Date.parse('2026-11-22T12:00:00Z'); // a Sunday
const [one, other] = [mustId('camera', 'cam_1'), mustId('camera', 'cam_2')];
const hours = { time_zone: 'UTC', windows: [{ days: ['sun' as const], from: '08:00', to: '12:30' }] };
const full: ConsentScope = { commands: ['ping'], cameras: [one], agents: [AGENT], hours };

const ping: Use = { agent: AGENT, at: NOON, command: { name: 'ping', args: {} } };
const viewing = (camera: unknown): Use => ({ agent: AGENT, at: NOON, command: { name: 'view_camera', names: 'camera', args: { camera } } });

test.each<[string, CarriedScope | null, Use, string | null]>([
  ['no scope at all', null, ping, null],
  ['an empty scope', {}, ping, null],
  ['everything named', full, ping, null],
  ['another agent', full, { ...ping, agent: mustId('agent', 'agent_lobby_02') }, 'agents'],
  ['no agent', { agents: [] }, ping, 'agents'],
  ['half an hour later', full, { ...ping, at: NOON + 30 * 60_000 }, 'hours'],
  ['another command', { commands: ['agent_info'] }, ping, 'commands'],
  ['no command', { commands: [] }, ping, 'commands'],
  ['the same command in capitals', { commands: ['PING'] }, ping, 'commands'],
  ['a session, which is no command yet', { commands: [], cameras: [] }, { agent: AGENT, at: NOON }, null],
  ['a camera that is named', { cameras: [one] }, viewing(one), null],
  ['a camera that is not', { cameras: [one] }, viewing(other), 'cameras'],
  ['no camera', { cameras: [] }, viewing(one), 'cameras'],
  ['an argument that is missing', { cameras: [one] }, viewing(undefined), 'cameras'],
  ['an argument that is a list', { cameras: [one] }, viewing([one]), 'cameras'],
  ['a command that names no camera', { cameras: [] }, ping, null],
  ['a command that has an argument of that name and does not say that it names one', { cameras: [] }, { ...ping, command: { name: 'ping', args: { camera: one } } }, null],
])('%s', (_what, scope, use, outside) => expect(outsideScope(scope, use)).toBe(outside));

test('the text of a scope is read back as that scope, and everything as no limit', () => {
  for (const scope of [null, {}, full, { cameras: [one, other] }]) expect(readScope(scopeText(scope))).toEqual({ ok: true, value: scope });
  expect(scopeText(null)).toBe(EVERYTHING);
  expect(scopeText({ hours, commands: ['ping'] })).toBe(scopeText({ commands: ['ping'], hours }));
});

/** Guarantee: what is not understood to its last field is no consent; what is more than one asked for is not either. */
test.each([
  '', 'Everything', 'null', '[]', '"everything"', '{"Commands":["ping"]}', '{"commands":"ping"}', '{"commands":["ping"],"until":"tomorrow"}',
  '{"hours":{"time_zone":"UTC","windows":[{"days":["sun"],"from":"08:00","to":"12:30","weeks":"even"}]}}',
  '{"commands":["ping"]} ', '{"hours":null}', '{"__proto__":{"commands":[]}}', `{"commands":["${'x'.repeat(SCOPE_TEXT_MAX)}"]}`,
])('%.60j is not read as a scope', (text) => expect(readScope(text).ok).toBe(false));

test('a newer server may name commands that are not known here', () => expect(readScope('{"commands":["ping","teleport"]}')).toMatchObject({ ok: true }));

/** Guarantee: nothing in a consent widens what there is. */
test.each([['a command nobody wrote a contract for', { commands: ['shell'] }], ['a command in capitals', { commands: ['PING'] }], ['a path for a camera', { cameras: ['../cam'] }], ['an agent that is none', { agents: ['lobby'] }], ['a field nobody knows', { files: ['*'] }]])(
  '%s is refused when it is recorded',
  (_what, scope) => expect(ConsentScope.safeParse(scope).success).toBe(false),
);

test('every command can be named', () => expect(ConsentScope.safeParse({ commands: COMMANDS.map((c) => c.name) }).success).toBe(true));
