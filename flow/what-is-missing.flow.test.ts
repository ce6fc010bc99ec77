/** Whoever is let past the network hears what their request lacks, and never whether a secret was nearly right. */
import { expect, test } from 'vitest';
import { readyWorld } from './ready-world.ts';
import { TENANT } from './world.ts';

const COMMAND = `/support/tenants/${TENANT}/command`;
const LACKS = 'the token lacks the scope remote_support';
const NO_TOKEN = 'no valid token came with the request';

test.each<[string, string | undefined, string, string]>([
  ['no token', undefined, 'missing_role', NO_TOKEN],
  ['a token that is none', 'Bearer hunter2', 'missing_role', NO_TOKEN],
  ['a token with a slip in it', `Bearer pat_${'a'.repeat(43)}`, 'missing_role', NO_TOKEN],
  ['another scheme', 'Basic YTpi', 'missing_role', NO_TOKEN],
  ['a token for something else', 'reader', 'missing_role', LACKS],
])('a command with %s', async (_what, given, code, problem) => {
  const { world } = await readyWorld();
  const authorization = given === 'reader' ? `Bearer ${await world.newToken(['tenants:read'])}` : given;
  const answer = await world.call(COMMAND, { headers: { ...(authorization !== undefined && { authorization }), 'x-argus-session': `rst_${'a'.repeat(43)}` }, body: { command: 'ping' } });
  expect(answer).toMatchObject({ status: 403, body: { code, problems: [problem] } });
});

test('a token that was revoked or is over reads like none at all', async () => {
  const { world } = await readyWorld();
  const said = async (pat: string) => ({ ...(await world.call(COMMAND, { pat, body: { command: 'ping' } })).body, request_id: 0 });
  const over = await world.newToken(['remote_support']);
  world.clock.setWall(world.clock.now() + 366 * 86_400_000);
  expect(await said(over)).toEqual(await said(`pat_${'a'.repeat(43)}`));
});

test.each<[string, Record<string, string>, readonly string[] | undefined]>([
  ['without the header of the session', {}, ['the header X-Argus-Session is missing']],
  ['with a session in place of its token', { 'x-argus-session': `rss_${'a'.repeat(20)}` }, ['the header X-Argus-Session holds no session token']],
  ['with a token nobody was shown', { 'x-argus-session': `rst_${'a'.repeat(43)}` }, undefined],
])('a command %s', async (_what, headers, problems) => {
  const { world, admin } = await readyWorld();
  const { status, body } = await world.call(COMMAND, { pat: admin, headers, body: { command: 'ping' } });
  expect([status, body['code'], body['problems']]).toEqual([404, 'session_not_found', problems]);
});

test('from outside nothing of that is said', async () => {
  const { world } = await readyWorld();
  const { body } = await world.call(COMMAND, { body: { command: 'ping' }, from: '203.0.113.9' });
  expect([body['code'], body['problems']]).toEqual(['ip_not_allowlisted', undefined]);
});
