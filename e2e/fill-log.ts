/**
 * The record of a server that has been at work for a while, written through the real ledger beside it: tenants, sessions of
 * this very node that have ended, and their commands, each with its intent and its outcome.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '@argus/kit/clock.ts';
import { systemRandom } from '@argus/keys/random.ts';
import { uuidV7 } from '@argus/keys/uuid.ts';
import { openDatabaseProcess } from '@argus/ops-api/adapters/embedded-postgres/database-process.ts';
import { postgresStores } from '@argus/ops-api/adapters/postgres/stores.ts';
import type { Attempt } from '@argus/ops-api/audit/attempt.ts';
import { openPool } from '@argus/ops-api/db/pools.ts';
import { createCheckpoints } from '@argus/ops-api/ledger/checkpoints.ts';
import { layFoundation } from '@argus/ops-api/ledger/found.ts';
import { createLedger, type Ledger } from '@argus/ops-api/ledger/ledger.ts';
import type { Deed } from '@argus/ops-api/ports.ts';
import { mustId, newHandle, newRequestId } from '@argus/protocol/ids.ts';
import type { Installation } from './ops-api.ts';

const SESSIONS = 20;

export async function fillLog({ dataDir, env }: Installation, { trees, entries }: { readonly trees: number; readonly entries: number }): Promise<void> {
  const say = () => undefined;
  const { connection } = await openDatabaseProcess({ dataDir, runtimeDir: undefined, say });
  const pool = openPool({ connection, max: 4, say });
  try {
    const { leaves, founding } = postgresStores(pool);
    const masterKey = Buffer.from(env['ARGUS_MASTER_KEY'] ?? '', 'hex');
    const founded = await layFoundation({ store: founding, masterKey, random: systemRandom, clock: systemClock });
    if (!founded.ok) throw new Error(founded.error);
    const { instance, logKey } = founded.value;
    const ledger = createLedger({ store: leaves, checkpoints: createCheckpoints(instance, logKey), instance, clock: systemClock, newId: () => uuidV7(systemClock.now(), systemRandom) });
    const node = mustId('node', readFileSync(join(dataDir, 'secrets', 'node.id'), 'utf8').trim());
    const fill = (n: number) => fillTree(ledger, { n, node, entries: Math.floor(entries / trees) });
    await Promise.all(Array.from({ length: trees }, (_, n) => fill(n)));
  } finally {
    await pool.end();
  }
}

async function fillTree(ledger: Ledger, { n, node, entries }: { readonly n: number; readonly node: ReturnType<typeof mustId<'node'>>; readonly entries: number }): Promise<void> {
  const [tenant, agent] = [mustId('tenant', `FILLED_${n}`), mustId('agent', `agent_filled_${n}`)];
  const at = systemClock.now();
  const base = { at, tenant, agent, operator: 'ana@argus.example', by: 'operator', reason: 'investigate alert', outcome: 'ok', ip: '127.0.0.1' } as const;
  const append = async (attempt: Attempt, ...deeds: readonly Deed[]) => {
    const written = await ledger.append(attempt, deeds);
    if (!written.ok) throw new Error(written.error.internal ?? written.error.code);
  };
  const consent = { signedAt: at - 60_000, documentId: 'DOC', documentSha256: 'ab'.repeat(32), signer: { name: 'Kim Park', email: 'kim@tenant.example' }, recordedBy: base.operator, expiresAt: null, scope: null };
  await append({ ...base, type: 'tenant_created', phase: 'fact' }, { do: 'create_tenant', id: tenant, name: `Filled ${n}`, at });
  await append({ ...base, type: 'consent_recorded', phase: 'fact' }, { do: 'save_consent', tenant, consent, at });
  await append({ ...base, type: 'tenant_armed', phase: 'fact' }, { do: 'arm', tenant, armed: { at, by: base.operator, until: at + 3_600_000 } });
  await append({ ...base, type: 'agent_enrollment_code_created', phase: 'fact' }, { do: 'issue_code', tenant, code: { codeHash: systemRandom(32), agent, expectedPublicKey: null, createdBy: base.operator, createdAt: at, expiresAt: at + 60_000, used: null } });
  for (let s = 0; s < SESSIONS; s++) {
    const session = newHandle('session', systemRandom);
    const opened = { state: 'activating', id: session, tenant, agent, operator: base.operator, tokenId: mustId('token', `tok_${'a'.repeat(20)}`), reason: base.reason, minutes: 10, createdAt: at, expiresAt: at + 600_000, node, epoch: 1 } as const;
    await append({ ...base, type: 'remote_support_activation', phase: 'fact', session }, { do: 'open_session', session: opened });
    const asked = Array.from({ length: Math.floor(entries / SESSIONS / 2) }, (): Attempt => ({ ...base, type: 'remote_support_command', phase: 'outcome', session, command: 'tail_log', requestId: newRequestId(systemRandom), args: { lines: 200 } }));
    const intentOf = ({ outcome: _none, ...rest }: Attempt): Attempt => ({ ...rest, phase: 'intent' });
    await Promise.all(asked.map((outcome) => append(intentOf(outcome))));
    await Promise.all(asked.map((outcome) => append(outcome)));
    await append({ ...base, type: 'remote_support_session_ended', phase: 'fact', session, code: 'deactivate' }, { do: 'end_session', id: session, at, by: 'deactivate' });
  }
}
