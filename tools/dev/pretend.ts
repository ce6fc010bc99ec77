/**
 * A server for whoever works on the console: the real routes and use cases over stores in memory, with tenants, machines and sessions that
 * were never there. No database and no machine, so it is up in a second, and everything it says is forgotten.
 */
import { systemClock, type ManualClock } from '@argus/kit/clock.ts';
import { mustId, newHandle } from '@argus/protocol/ids.ts';
import { canonicalJson } from '@argus/kit/canonical-json.ts';
import { isoTime } from '@argus/kit/clock.ts';
import { createPasswords } from '@argus/ops-api/people/passwords.ts';
import { systemRandom } from '@argus/keys/random.ts';
import { createTestApi, QUICK } from '../../apps/ops-api/test/api.ts';
import { alertOf } from '../../apps/ops-api/test/alerts.ts';
import { makePerson } from '../../apps/ops-api/test/people.ts';
import { consentAttempt, consentOf, factOf, NODE, sessionOf } from '../../apps/ops-api/test/sample.ts';
import { AGENTS, TENANTS } from '../demo/seed.ts';

export const DEVELOPER = { email: 'dev@argus.example', password: 'dev dev dev dev' } as const;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Enough to scroll and to filter. */
const MANY = 400;

export type Pretend = { readonly port: number; readonly close: () => Promise<void> };

export async function startPretend(): Promise<Pretend> {
  const test = createTestApi({ clock: systemClock as ManualClock }); // nobody moves this one
  const { api, memory } = test;
  const now = Date.now();
  const must = async (...appended: Parameters<typeof api.ledger.append>) => {
    const written = await api.ledger.append(...appended);
    if (!written.ok) throw new Error(`The pretended data could not be made: ${written.error.code} ${written.error.internal ?? ''}`);
  };
  const passwords = createPasswords({ random: systemRandom, clock: systemClock, cost: QUICK });
  const hashed = await passwords.hash(DEVELOPER.password);
  if (!hashed.ok) throw new Error(hashed.error.code);
  await makePerson(test, { email: DEVELOPER.email, role: 'owner', passwordHash: hashed.value });
  await memory.nodes.beat(NODE, 1, now);

  for (const { id, name, consent, armed } of TENANTS) {
    const tenant = mustId('tenant', id);
    const signed = consentOf({ signedAt: now - DAY_MS });
    await must(factOf({ at: now, tenant, type: 'tenant_created', outcome: 'ok' }), [{ do: 'create_tenant', id: tenant, name, at: now - 9 * DAY_MS }]);
    if (consent) await must(consentAttempt(tenant, signed), [{ do: 'save_consent', tenant, consent: signed, at: now }]);
    if (armed) await must(factOf({ at: now, tenant, type: 'tenant_armed', outcome: 'ok' }), [{ do: 'arm', tenant, armed: { at: now, by: DEVELOPER.email, until: now + 29 * DAY_MS } }]);
  }
  const many = Array.from({ length: MANY }, (_, n) => ({ id: `agent_site_${String(n).padStart(4, '0')}`, tenant: TENANTS[n % 2]?.id ?? '', starts: n % 9 !== 0, cameras: [] }));
  for (const { id, tenant: of, starts, cameras } of [...AGENTS, ...many]) {
    const [agent, tenant, codeHash] = [mustId('agent', id), mustId('tenant', of), systemRandom(32)];
    await must(factOf({ at: now, tenant, agent, type: 'agent_enrollment_code_created', outcome: 'ok' }), [
      { do: 'issue_code', tenant, code: { codeHash, agent, expectedPublicKey: null, createdBy: DEVELOPER.email, createdAt: now, expiresAt: now + DAY_MS, used: null } },
    ]);
    if (!starts) continue;
    await must(factOf({ at: now, tenant, agent, type: 'agent_enrolled', outcome: 'ok' }), [
      { do: 'enroll_agent', codeHash, agent, enrolled: { at: now, publicKey: `key of ${id}`, sealedPasskey: new Uint8Array(60), version: '1.4.0', platform: 'linux x64 6.1.0-18-amd64' } },
    ]);
    const manifest = { agent_version: '1.4.0', protocol: 1, platform: 'linux x64', commands: ['ping', 'agent_info', 'tail_log', 'view_camera'], cameras: cameras.map(({ id: camera, name }) => ({ id: camera, name })), limits: {}, consent_key_fingerprint: null, taken_at: isoTime(now) };
    await memory.agents.seen(agent, now, { text: canonicalJson(manifest), takenAt: now });
    const line = (hours: number) => ({ agent, node: NODE, epoch: 1, at: now - hours * HOUR_MS, connection: newHandle('connection', systemRandom) });
    const [before, latest] = [line(60), line(5)];
    await memory.presence.note([before, latest], [{ connection: before.connection, at: now - 6 * HOUR_MS }]);
  }
  const [first] = AGENTS;
  const of = { tenant: mustId('tenant', TENANTS[0].id), agent: mustId('agent', first?.id ?? ''), operator: DEVELOPER.email };
  const past = sessionOf({ ...of, state: 'activating', reason: 'the picture stands still since this morning', createdAt: now - 3 * HOUR_MS, expiresAt: now - 2 * HOUR_MS });
  await must(factOf({ at: now, tenant: of.tenant, outcome: 'ok' }), [{ do: 'open_session', session: past }]);
  await must(factOf({ at: now, tenant: of.tenant, outcome: 'ok' }), [{ do: 'end_session', id: past.id, at: now - 2.5 * HOUR_MS, by: 'deactivate', who: { actor: 'operator', operator: DEVELOPER.email } }]);
  await must(factOf({ at: now, tenant: null, type: 'tripwire_fired', outcome: 'ok' }), [{ do: 'raise_alert', alert: alertOf({ at: now }) }]);

  await api.http.listen({ host: '127.0.0.1', port: 0 });
  const [address] = api.http.addresses();
  if (!address || typeof address === 'string') throw new Error('The server that pretends has no port.');
  return { port: address.port, close: () => api.close() };
}
