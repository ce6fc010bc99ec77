/** A page's request, the console's proxy and a real ops API, each on a socket of its own, and a real agent behind them. */
import { accessOver, certsOf, localTeam } from '../apps/ops-api/test/access.ts';
import { consoleProxy, type Sent } from '../apps/ops-api/test/console-proxy.ts';
import { memoryStores } from '../apps/ops-api/src/adapters/memory/stores.ts';
import type { AccessProxyDeps } from '../apps/ops-api/src/access-proxy/proxy.ts';
import { networksOf } from '../apps/ops-api/src/http/address.ts';
import { parseLeaf } from '@argus/protocol/leaf.ts';
import { expect, onTestFinished, test } from 'vitest';
import { OUTSIDE, signer, vouchedFor } from './from-outside.ts';
import { readyWorld } from './ready-world.ts';
import { AGENT, OPS_TOKEN, TENANT, type WorldOptions } from './world.ts';

const INSIDE = '10.1.2.3';
const PATH = '/console/support';

async function throughTheConsole(over: Partial<Omit<AccessProxyDeps, 'clock'>> = {}, options: WorldOptions = {}) {
  const stores = memoryStores();
  const team = await localTeam((_req, res) => res.end(certsOf(signer)));
  const ready = await readyWorld({ stores, access: (clock) => accessOver(team.fetch, clock), ...options });
  const { world } = ready;
  const upstream = await world.api.http.listen({ host: '127.0.0.1', port: 0 });
  const proxy = await consoleProxy(upstream, { clock: world.clock, opsToken: OPS_TOKEN, access: accessOver(team.fetch, world.clock), ...over });
  onTestFinished(() => { team.close(); proxy.close(); return world.api.close(); });
  const pat = await world.newToken(['remote_support']);
  const evesToken = await world.newToken(['remote_support'], null, 'eve@argus.example');
  const ask = (action: string, { headers = {}, ...sent }: Sent) => proxy.ask(`${PATH}/${action}`, { ...sent, headers: { authorization: `Bearer ${pat}`, ...headers } });
  const activation = () => ({ agent_id: AGENT, ...world.activation() });
  const audit = (tree: 'operator' | typeof TENANT) => stores.rows(tree).map((row) => row.audit).filter(({ action }) => action === 'remote_support_activation');
  const leaves = () => stores.rows(TENANT).map(({ bytes }) => parseLeaf(bytes)).flatMap((leaf) => (leaf.ok ? [leaf.value] : []));
  return { ...ready, ...proxy, ask, activation, pat, evesToken, audit, leaves };
}
const ana = () => vouchedFor('ana@argus.example');

/** Guarantee: one click opens a session for who signed in, and nothing that opens anything comes back to the page. */
test('activate, status and deactivate from outside, with an assertion', async () => {
  const { ask, activation, machine, opened, leaves, audit, pat } = await throughTheConsole();
  const answers = [await ask('activate', { headers: ana(), body: activation() })];
  expect(answers[0]).toMatchObject({ status: 201, body: { agent_id: AGENT, tenant_id: TENANT } });
  expect(machine.isShown()).toBe(true);
  const session_id = answers[0]?.body['session_id'];
  answers.push(await ask('status', { headers: ana(), body: { session_id } }));
  expect(answers[1]).toMatchObject({ status: 200, body: { session_id, state: 'active', operator: 'ana@argus.example' } });
  answers.push(await ask('deactivate', { headers: ana(), body: { session_id, reason: 'all done' } }));
  expect(answers[2]).toMatchObject({ status: 200, body: { session_id, state: 'ended', ended_by: 'deactivate' } });
  expect(machine.isShown()).toBe(false);

  const [session] = opened;
  expect(opened).toHaveLength(1);
  expect(session?.session_token).toMatch(/^rst_/);
  for (const { text, headers } of answers)
    for (const secret of [OPS_TOKEN, session?.session_token ?? '', pat]) expect(`${text}${JSON.stringify([...headers])}`).not.toContain(secret);
  expect(leaves().find(({ type }) => type === 'remote_support_activation')).toMatchObject({ operator: 'ana@argus.example', access_identity: 'ana@argus.example' });
  expect(audit(TENANT)[0]).toMatchObject({ ip: OUTSIDE }); // the caller's address, as the proxy saw it
});

test('from outside without an assertion the page hears what everybody hears, and the ops API hears nothing', async () => {
  const { ask, activation, audit } = await throughTheConsole();
  for (const headers of [{}, vouchedFor('eve@evil.example'), { 'cf-access-jwt-assertion': 'x.y.z' }])
    expect(await ask('activate', { headers, body: activation() })).toMatchObject({ status: 403, body: { code: 'ip_not_allowlisted' } });
  expect(audit('operator')).toEqual([]);
});

/** Guarantee: the proxy having said yes is not enough. */
test('the ops API verifies again: what only the proxy believes opens nothing', async () => {
  const believesAll: AccessProxyDeps['access'] = { wayIn: () => () => ({ ok: true, value: { email: 'ana@argus.example' } }) };
  const { ask, activation, audit } = await throughTheConsole({ access: believesAll });
  expect(await ask('activate', { headers: { 'cf-access-jwt-assertion': 'x.y.z' }, body: activation() })).toMatchObject({ status: 403, body: { code: 'ip_not_allowlisted' } });
  expect(await ask('activate', { body: activation(), from: '203.0.113.10' })).toMatchObject({ status: 403, body: { code: 'ip_not_allowlisted' } });
  expect(await ask('activate', { body: activation(), from: INSIDE })).toMatchObject({ status: 403, body: { code: 'missing_role' } }); // no assertion goes on, so no token of the page's does
  expect(audit('operator').map(({ args }) => args)).toEqual([{ assertion: 'malformed' }, null, null]);
});

/** Guarantee: the ops token the proxy adds helps nobody to somebody else's name, wherever they sit. */
test.each([OUTSIDE, INSIDE])('from %s another operator\'s token does not go with this assertion', async (from) => {
  const { ask, activation, evesToken } = await throughTheConsole();
  const answer = await ask('activate', { headers: { ...ana(), authorization: `Bearer ${evesToken}` }, body: activation(), from });
  expect(answer).toMatchObject({ status: 403, body: { code: 'identity_mismatch' } });
  expect((await ask('activate', { headers: ana(), body: activation(), from })).status).toBe(201);
});

test('a wrong ops token of the proxy is told to the page by its code, and not what it is', async () => {
  const wrong = 'wrong-ops-token-of-32-characters-or-more';
  const { ask, activation } = await throughTheConsole({ opsToken: wrong });
  const answer = await ask('activate', { headers: ana(), body: activation() });
  expect(answer).toMatchObject({ status: 403, body: { code: 'bad_ops_token' } });
  expect(answer.text).not.toContain(wrong);
});

test('the server\'s reasons arrive: its time, its request id, what does not fit', async () => {
  const { ask, activation } = await throughTheConsole();
  const stale = await ask('activate', { headers: ana(), body: { ...activation(), timestamp: '2026-03-01T11:00:00.000Z' } });
  expect(stale.body).toMatchObject({ code: 'stale_request', server_time: '2026-03-01T12:00:00.000Z' });
  expect(stale.body['request_id']).toMatch(/^req_[a-z0-9]{20}$/);
  const same = activation();
  const [first, second] = [await ask('activate', { headers: ana(), body: same }), await ask('activate', { headers: ana(), body: same })];
  expect([first.status, second.body['code']]).toEqual([201, 'session_active']);
});

test('a page\'s request that is sent twice opens one session', async () => {
  const { ask, activation } = await throughTheConsole();
  const same = activation();
  const opened = await ask('activate', { headers: ana(), body: same });
  await ask('deactivate', { headers: ana(), body: { session_id: opened.body['session_id'] } });
  expect(await ask('activate', { headers: ana(), body: same })).toMatchObject({ status: 403, body: { code: 'nonce_replayed' } });
});

/** Guarantee: until there is a sign-in that somebody has just confirmed, sitting in an operator network opens nothing here. */
test('from an operator network without an assertion: confirmed sign-ins only, with the credential of the sign-in', async () => {
  const nobody = await throughTheConsole();
  expect(await nobody.ask('activate', { body: nobody.activation(), from: INSIDE })).toMatchObject({ status: 403, body: { code: 'step_up_required' } });

  let authorization = '';
  let confirmedAt = 0;
  const signedIn = await throughTheConsole({ stepUp: async () => ({ confirmedAt, credential: { authorization } }) });
  const { world, ask, activation, evesToken, pat } = signedIn;
  authorization = `Bearer ${pat}`;
  const codeAt = async (at: number) => {
    confirmedAt = at;
    return (await ask('activate', { headers: { authorization: `Bearer ${evesToken}` }, body: activation(), from: INSIDE })).body['code'];
  };
  expect(await codeAt(world.clock.now() - 5 * 60_000 - 1)).toBe('step_up_required');
  expect(await codeAt(world.clock.now() + 1)).toBe('step_up_required');
  expect(await codeAt(world.clock.now() - 5 * 60_000)).toBeUndefined();
  expect(signedIn.audit(TENANT)[0]).toMatchObject({ operator: 'ana@argus.example', ip: INSIDE }); // not Eve, whose token the page sent
  expect((await ask('activate', { body: activation(), from: OUTSIDE })).body['code']).toBe('ip_not_allowlisted');
});

/** Guarantee: whoever forgets to name the proxy among the trusted ones has shut a door, not opened one. */
test('a proxy that the ops API does not trust lends nobody its own place in an operator network', async () => {
  const everywhere = { operatorNetworks: networksOf(['0.0.0.0/0']), trustedProxies: networksOf([]) };
  const { ask, activation, pat, world } = await throughTheConsole(
    { stepUp: async () => ({ confirmedAt: world.clock.now(), credential: { authorization: `Bearer ${pat}` } }) },
    { networks: everywhere },
  );
  expect(await ask('activate', { body: activation(), from: INSIDE })).toMatchObject({ status: 403, body: { code: 'ip_not_allowlisted' } });
  expect((await ask('activate', { headers: ana(), body: activation() })).status).toBe(201);
});
