/** A session with a real agent, and what its tenant can take away of it with a token that opens nothing else. */
import { fromBase64, utf8 } from '@argus/kit/bytes.ts';
import { sha256Hex } from '@argus/keys/hash.ts';
import { signingKeyOf } from '@argus/keys/ed25519.ts';
import { verifyValue } from '@argus/keys/signature.ts';
import { canonicalJson, type Json } from '@argus/kit/canonical-json.ts';
import type { SessionReplay } from '@argus/protocol/http/evidence.ts';
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { openBundle } from '../apps/ops-api/test/evidence.ts';
import { readyWorld } from './ready-world.ts';
import { AGENT, TENANT } from './world.ts';

test('a tenant reads its session with its own token: every step, what the machine signed, and a bundle that stands alone', async () => {
  const { world } = await readyWorld();
  const operator = await world.newToken(['remote_support']);
  const tenants = await world.newToken(['own_log:read'], [TENANT]);
  const opened = await world.activate(operator);
  const [session, token] = [String(opened.body['session_id']), String(opened.body['session_token'])];
  const ran = await world.command(operator, token, { command: 'ping' });
  await world.command(operator, token, { command: 'format_disk' });
  await world.call(`/support/sessions/${session}/deactivate`, { pat: operator, body: {} });

  const { status, body } = await world.call(`/support/sessions/${session}/replay`, { method: 'GET', pat: tenants });
  expect(status).toBe(200);
  const told = body as unknown as SessionReplay; // held to its schema on the way
  expect(told.steps.map(({ type, command, answer }) => [type, command, answer?.by, answer?.outcome, answer?.code])).toEqual([
    ['remote_support_activation', undefined, 'operator', 'ok', undefined],
    ['remote_support_command', 'ping', 'agent', 'ok', undefined],
    ['remote_support_command', undefined, 'operator', 'refused', 'command_not_allowlisted'],
    ['remote_support_session_ended', undefined, 'operator', 'ok', 'deactivate'],
    ['remote_support_session_closed', undefined, 'agent', 'ok', 'deactivate'], // its own last word
  ]);
  // The digest is of what the operator was given, and the machine put its name to it.
  const ping = told.steps[1]?.answer ?? expect.fail('no answer');
  expect(ping.result_sha256).toBe(sha256Hex(canonicalJson(ran.body['result'] as Json)));
  expect(fromBase64(ping.agent_signature ?? '')).toHaveLength(64);

  const answer = await world.api.http.inject({ method: 'GET', url: `/v1/tenants/${TENANT}/log/bundle?kind=session&session=${session}`, headers: { authorization: `Bearer ${tenants}` } });
  const { leaves, agents, bundle } = openBundle(answer.rawPayload, signingKeyOf(new Uint8Array(32).fill(9)).publicKey);
  const types = leaves.map(({ leaf }) => (JSON.parse(leaf) as { type: string }).type);
  expect(types.slice(0, 3)).toEqual(['consent_recorded', 'tenant_armed', 'agent_enrolled']);
  expect(leaves.map(({ index }) => index)).toEqual(expect.arrayContaining(told.steps.flatMap(({ proofs }) => proofs.map(({ index }) => index))));
  expect(agents).toEqual([{ agent: AGENT, public_key: signingKeyOf(createHash('sha256').update(AGENT).digest()).publicKeyText, enrolled_index: expect.any(Number) }]);

  // With nothing but the bundle: the signature over the answer is that of the enrolled key.
  const outcome = JSON.parse(leaves.find(({ leaf }) => leaf.includes('agent_signature') && leaf.includes('"command":"ping"'))?.leaf ?? '{}') as Record<string, string>;
  const signed = { instance: bundle.instance, tenant: TENANT, agent: AGENT, session, request_id: outcome['request_id'], leaf_hash: outcome['intent_sha256'], result_sha256: outcome['result_sha256'], at: outcome['agent_at'], ok: true };
  expect(verifyValue(agents[0]?.public_key ?? '', 'reply', signed as unknown as Parameters<typeof verifyValue>[2], outcome['agent_signature'] ?? '')).toBe(true);

  // And no more than that: the token is nobody's anywhere else, and no secret has left.
  expect((await world.call('/operators/me', { method: 'GET', pat: tenants })).status).toBe(401);
  expect((await world.call(`/support/sessions/${session}`, { method: 'GET', pat: tenants })).status).toBe(401);
  for (const secret of [token, operator, tenants]) expect(Buffer.from(answer.rawPayload).includes(Buffer.from(utf8(secret)))).toBe(false);
});
