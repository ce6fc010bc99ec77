/** The whole way from outside: a team on loopback that publishes its keys, the ops API, and a real agent. */
import { accessOver, assertionBy, certsOf, claimsOf, localTeam, newSigner } from '../apps/ops-api/test/access.ts';
import { ASSERTION_HEADER } from '../apps/ops-api/src/access/access.ts';
import { memoryStores } from '../apps/ops-api/src/adapters/memory/stores.ts';
import { parseLeaf } from '@argus/protocol/leaf.ts';
import { expect, onTestFinished, test } from 'vitest';
import { OUTSIDE, signer, vouchedFor } from './from-outside.ts';
import { readyWorld } from './ready-world.ts';
import { AGENT, OPS_TOKEN, START, TENANT } from './world.ts';

const path = `/support/agents/${AGENT}/activate`;
const opsToken = { 'x-argus-ops-token': OPS_TOKEN };

async function fromOutside() {
  const stores = memoryStores();
  const { fetch, asked, close } = await localTeam((_req, res) => res.end(certsOf(signer)));
  onTestFinished(close);
  const ready = await readyWorld({ stores, access: (clock) => accessOver(fetch, clock) });
  const { world } = ready;
  const pat = await world.newToken(['remote_support']);
  const activate = (headers: Record<string, string>, { body = world.activation(), from = OUTSIDE } = {}) => world.call(path, { pat, headers: { ...opsToken, ...headers }, body, from });
  const command = (token: string, headers: Record<string, string>) =>
    world.call(`/support/tenants/${TENANT}/command`, { pat, headers: { 'x-argus-session': token, ...headers }, body: { command: 'ping' }, from: OUTSIDE });
  const rows = (tree: 'operator' | typeof TENANT, action: string) =>
    stores.rows(tree).filter(({ audit }) => audit.action === action).map(({ audit, bytes }) => {
      const leaf = parseLeaf(bytes);
      return { audit, leaf: leaf.ok ? leaf.value : null };
    });
  return { ...ready, pat, asked, activate, command, rows };
}

/** Guarantee: who signed in at the team works from anywhere under their own name, and the record says by which way they came. */
test('from outside with an assertion: a session, a ping, and both the audit and the log say who was vouched for', async () => {
  const { activate, command, rows, machine, asked } = await fromOutside();
  const ana = vouchedFor('Ana@argus.example');
  const opened = await activate(ana);
  expect(opened).toMatchObject({ status: 201, body: { agent_id: AGENT } });
  expect(await command(String(opened.body['session_token']), ana)).toMatchObject({ status: 200, body: { result: { version: '1.4.0' } } });
  expect(machine.isShown()).toBe(true);
  expect(asked).toEqual(['https://argus-tests.cloudflareaccess.com/cdn-cgi/access/certs']); // once, for all of it

  const [activation, ping] = [rows(TENANT, 'remote_support_activation'), rows(TENANT, 'remote_support_command')];
  expect(activation.map(({ leaf }) => [leaf?.phase, leaf?.operator, leaf?.access_identity])).toEqual([
    ['intent', 'ana@argus.example', 'ana@argus.example'], ['outcome', 'ana@argus.example', 'ana@argus.example'],
  ]);
  expect(ping.map(({ leaf }) => [leaf?.phase, leaf?.access_identity])).toEqual([['intent', 'ana@argus.example'], ['outcome', 'ana@argus.example']]);
  for (const { audit } of activation) expect(audit.gates_passed.slice(0, 5)).toEqual(['network', 'cf_access', 'ops_token', 'credential', 'identity']);
  for (const { audit } of ping) expect(audit.gates_passed.slice(0, 4)).toEqual(['network', 'cf_access', 'credential', 'identity']);
  expect(activation[0]?.audit.ip).toBe(OUTSIDE);
});

test('from outside without one: 403, nothing is fetched, nothing is verified', async () => {
  const { activate, command, rows, asked, machine } = await fromOutside();
  for (const answer of [await activate({}), await activate({ [ASSERTION_HEADER]: '' }), await command(`rst_${'A'.repeat(43)}`, {})])
    expect(answer).toMatchObject({ status: 403, body: { code: 'ip_not_allowlisted' } });
  expect(asked).toEqual([]);
  expect(machine.isShown()).toBe(false);
  for (const { audit, leaf } of rows('operator', 'remote_support_activation')) {
    expect(audit).toMatchObject({ operator: 'unauthenticated', gates_passed: [], args: null });
    expect(leaf).not.toHaveProperty('access_identity');
  }
});

test('from an operator network nothing has changed: no assertion is read, and no entry speaks of one', async () => {
  const { world, pat, rows, asked } = await fromOutside();
  const opened = await world.call(path, { pat, headers: { ...opsToken, ...vouchedFor('eve@argus.example') }, body: world.activation() });
  expect(opened.status).toBe(201);
  expect(asked).toEqual([]);
  for (const { audit, leaf } of rows(TENANT, 'remote_support_activation')) {
    expect(audit.gates_passed).not.toContain('cf_access');
    expect(leaf).not.toHaveProperty('access_identity');
  }
});

/** Guarantee: the network is all an assertion replaces. */
test('the other factors, and everything behind them, are asked as ever', async () => {
  const { world, activate, pat, admin } = await fromOutside();
  const ana = vouchedFor('ana@argus.example');
  const wanting: readonly (readonly [Record<string, string>, string, Record<string, unknown>, string])[] = [
    [{ 'x-argus-ops-token': 'x'.repeat(40) }, pat, {}, 'bad_ops_token'],
    [opsToken, await world.newToken(['remote_support:arm', 'logs:read']), {}, 'missing_role'],
    [opsToken, `pat_${'A'.repeat(43)}`, {}, 'missing_role'],
    [opsToken, pat, { minutes: 121 }, 'bad_request'],
    [opsToken, pat, { tenant_id: 'UTD_OTHER_002' }, 'agent_not_found'],
  ];
  for (const [headers, token, over, code] of wanting)
    expect((await world.call(path, { pat: token, headers: { ...headers, ...ana }, body: world.activation(over), from: OUTSIDE })).body['code']).toBe(code);
  await world.call(`/v1/tenants/${TENANT}/consent`, { method: 'DELETE', pat: admin, body: { reason: 'contract ended' } });
  expect((await activate(ana)).body['code']).toBe('tenant_consent_required');
});

/** Guarantee: a leaked token cannot be driven under another operator's name, nor under one's own. */
test('a token of somebody else opens nothing for who was vouched for, and the record has both names', async () => {
  const { activate, command, rows } = await fromOutside();
  expect(await activate(vouchedFor('eve@argus.example'))).toMatchObject({ status: 403, body: { code: 'identity_mismatch' } });
  const [{ audit, leaf } = { audit: null, leaf: null }] = rows('operator', 'remote_support_activation');
  expect(audit).toMatchObject({ operator: 'ana@argus.example', code: 'identity_mismatch', gates_passed: ['network', 'cf_access', 'ops_token', 'credential'] });
  expect(leaf).toMatchObject({ operator: 'ana@argus.example', access_identity: 'eve@argus.example', code: 'identity_mismatch' });

  const opened = await activate(vouchedFor('ana@argus.example'));
  const token = String(opened.body['session_token']);
  expect(await command(token, vouchedFor('eve@argus.example'))).toMatchObject({ status: 403, body: { code: 'identity_mismatch' } });
  expect(await command(token, {})).toMatchObject({ status: 403, body: { code: 'ip_not_allowlisted' } });
  expect((await command(token, vouchedFor('ana@argus.example'))).status).toBe(200);
});

test('an assertion that ends during a session ends nothing, and no command comes after it from outside', async () => {
  const { world, activate, command } = await fromOutside();
  const ana = vouchedFor('ana@argus.example', { exp: START / 1_000 + 10 });
  const opened = await activate(ana);
  const token = String(opened.body['session_token']);
  expect((await command(token, ana)).status).toBe(200);
  await world.clock.advance(10_000);
  expect((await command(token, ana)).body['code']).toBe('ip_not_allowlisted');
  expect((await command(token, vouchedFor('ana@argus.example'))).status).toBe(200);
});

test('one that was refused is on record with our word for why, and with nothing it said of itself but a verified name', async () => {
  const { activate, rows } = await fromOutside();
  const stranger = newSigner('made-up-key-id');
  const refused: readonly (readonly [Record<string, string>, string, string | undefined])[] = [
    [vouchedFor('eve@evil.example'), 'email_not_allowed', 'eve@evil.example'],
    [vouchedFor('hunter2@argus.example', { exp: START / 1_000 }), 'expired', undefined],
    [vouchedFor('hunter2@argus.example', { aud: 'hunter2' }), 'audience', undefined],
    [{ [ASSERTION_HEADER]: assertionBy(stranger, { claims: claimsOf({ email: 'hunter2@argus.example' }) }) }, 'unknown_key', undefined],
    [{ [ASSERTION_HEADER]: 'hunter2.hunter2.hunter2' }, 'malformed', undefined],
  ];
  // Each from an address of its own: more from one are counted, whatever is wrong with them.
  for (const [i, [headers]] of refused.entries()) expect(await activate(headers, { from: `203.0.113.${i + 10}` })).toMatchObject({ status: 403, body: { code: 'ip_not_allowlisted' } });
  const written = rows('operator', 'remote_support_activation');
  expect(written.map(({ audit, leaf }) => [audit.args, leaf?.args_commit, leaf?.access_identity])).toEqual(
    refused.map(([, flaw, email]) => [{ assertion: flaw }, { assertion: flaw }, email]),
  );
  for (const { audit } of written) expect(audit).toMatchObject({ operator: 'unauthenticated', reason: '(not read)', gates_passed: [], code: 'ip_not_allowlisted' });
  expect(JSON.stringify(written)).not.toMatch(/hunter2|made-up/);
});
