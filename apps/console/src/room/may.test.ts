import { contractFor } from '@argus/protocol/commands/index.ts';
import type { SessionView } from '@argus/protocol/http/shapes.ts';
import { mustId } from '@argus/protocol/ids.ts';
import { expect, test } from 'vitest';
import type { Who } from '../api/who.tsx';
import { actBlock, consentBlock } from './may.ts';

const NOW = Date.UTC(2026, 2, 1, 12);
const session: SessionView = {
  session_id: mustId('session', `rss_${'a'.repeat(20)}`), tenant_id: mustId('tenant', 'SHOP'), agent_id: mustId('agent', 'agent_till_01'), operator: 'ana@argus.example', yours: true,
  reason: 'look at the till', state: 'active', minutes: 30, created_at: new Date(NOW).toISOString(), expires_at: new Date(NOW + 60_000).toISOString(),
  ended_at: null, ended_by: null, ended_actor: null, ended_operator: null, last_word: null,
};
const whoIs = (email: string, scopes = ['remote_support', 'tenants:read']) => ({ user: { email }, scopes }) as unknown as Who; // what is asked here
const ana = whoIs('ana@argus.example');
const block = (over: Partial<SessionView> = {}, who = ana, now = NOW) => actBlock({ session: { ...session, ...over }, who, now });
const contract = (name: string) => contractFor(name) ?? expect.unreachable();

test('whoever opened a session acts in it while it is live', () => expect(block()).toBeNull());

test.each([
  ['somebody else watches', { yours: false }, whoIs('bo@argus.example'), /^ana@argus\.example opened this session.*You watch\.$/],
  ['the same person at another sign-in watches', { yours: false }, ana, /where it was opened; here you watch/],
  ['after its end nobody acts, and it is said how it ended', { state: 'ended', ended_by: 'tenant_kill_switch' }, ana, /over: switched off on the machine/],
  ['before the machine is awake nobody acts', { state: 'activating' }, ana, /awake/],
  ['a role that lost the scope is told so', {}, whoIs('ana@argus.example', []), /lacks remote_support/],
] as const)('%s', (_, over, who, says) => expect(block(over, who)).toMatch(says));

test('when its time is up nobody waits for the server to say so', () => {
  expect(block({}, ana, NOW + 60_000)).toMatch(/time of the session is up/);
});

test('what the consent names is allowed, and nothing beside it', () => {
  const within = (scope: Parameters<typeof consentBlock>[0], name: string, args = {}) => consentBlock(scope, contract(name), { session, now: NOW, args });
  expect(within(null, 'apply_patch')).toBeNull();
  expect(within({ commands: ['ping'] }, 'ping')).toBeNull();
  expect(within({ commands: ['ping'] }, 'tail_log')).toMatch(/names other commands/);
  const one = { cameras: [mustId('camera', 'cam_1')] };
  expect(within(one, 'view_camera')).toBeNull(); // none is chosen yet
  expect(within(one, 'view_camera', { camera: 'cam_1' })).toBeNull();
  expect(within(one, 'view_camera', { camera: 'cam_3' })).toMatch(/names other cameras/);
});
