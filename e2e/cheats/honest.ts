/** One honest record, made by real processes: two tenants, two sessions on a machine, refusals, and a night's audit in between. */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SignedReceipt } from '@argus/evidence/receipts.ts';
import { systemClock } from '@argus/kit/clock.ts';
import { systemRandom } from '@argus/keys/random.ts';
import { newSigningKey, type SigningKey } from '@argus/keys/ed25519.ts';
import { signProof, signReceipt } from '@argus/keys/consent.ts';
import { resultsKeyOf } from '@argus/keys/kept-result.ts';
import { uuidV7 } from '@argus/keys/uuid.ts';
import { openCheckpointFile } from '@argus/ops-api/adapters/data-dir/checkpoint-file.ts';
import { readDatabasePassword } from '@argus/ops-api/adapters/embedded-postgres/passwords.ts';
import { readPostmaster } from '@argus/ops-api/adapters/embedded-postgres/postmaster.ts';
import { postgresStores } from '@argus/ops-api/adapters/postgres/stores.ts';
import { createAuditor } from '@argus/ops-api/audit/auditor.ts';
import { attemptOf } from '@argus/ops-api/audit/reconciliation.ts';
import { embeddedConnection } from '@argus/ops-api/db/embedded-database.ts';
import { closeDatabase } from '@argus/ops-api/db/roles.ts';
import { openPool } from '@argus/ops-api/db/pools.ts';
import { createCheckpoints } from '@argus/ops-api/ledger/checkpoints.ts';
import { layFoundation } from '@argus/ops-api/ledger/found.ts';
import { createLedger } from '@argus/ops-api/ledger/ledger.ts';
import { mustId } from '@argus/protocol/ids.ts';
import type { Receipt } from '@argus/protocol/receipt.ts';
import type { TrustFile } from '@argus/protocol/trust.ts';
import { Client, type Pool } from 'pg';
import { expect } from 'vitest';
import { publicKeyText } from '../../apps/agent/src/cli/key-file.ts';
import { readFollowed } from '../../apps/agent/src/adapters/state/witness-journal.ts';
import { openStateDir } from '../../apps/agent/src/adapters/state/state-dir.ts';
import type { Followed } from '../../apps/agent/src/ports.ts';
import { asDatabaseAdmin } from '../database-admin.ts';
import { ask } from '../http.ts';
import { OPS_TOKEN } from '../ops-api.ts';
import { runToEnd } from '../processes.ts';
import { activation, ready, TENANT, type Ready } from '../ready.ts';
import { atTheEnd } from '../teardown.ts';
import { until } from '../until.ts';

export const OTHER = mustId('tenant', 'UTD_CORNER_002');
export const OURS = mustId('tenant', TENANT);
/** What results are sealed to. Its secret is the owner's, and takes no part in any check. */
export const RESULTS_KEY = resultsKeyOf(new Uint8Array(32).fill(5));
/** All of the record is of this time. */
export const LATELY_MS = 2 * 3_600_000;

export type Honest = {
  readonly trust: TrustFile;
  readonly followed: Followed;
  readonly pat: string;
  readonly settings: Readonly<Record<string, string>>;
  /** What the control plane has, and nobody else. */
  readonly logKey: SigningKey;
  readonly machineKey: SigningKey;
  /** What the owner signed, newest first, as lines of a bundle: the first stands, the other was never recorded. */
  readonly receipts: readonly SignedReceipt[];
  /** The newest of what the server kept outside the database. */
  readonly kept: readonly string[];
  /** As many entries as the night has audited. */
  readonly audited: number;
  readonly rooms: readonly Room[];
};
/** A database with the whole record in it, as its administrator sees it. */
export type Room = { readonly admin: Client; readonly url: string; restore(): Promise<void> };

/** `rooms`: how many can be changed at the same time. */
export async function honestRecord(rooms: number): Promise<Honest> {
  const world = await ready('external');
  const masterKey = Buffer.from(world.installation.env['ARGUS_MASTER_KEY'] ?? '', 'hex');
  await otherTenant(world);
  const { receipts, activate } = await signedConsent(world);
  const first = await activate();
  await world.command(first, 'ping');
  await end(world, first);

  const pool = openPool({ connection: { connectionString: world.installation.env['DATABASE_URL'] ?? '' }, max: 2, say: () => undefined });
  const { logKey, audited } = await aNight(pool, masterKey);
  await pool.end();

  const second = await activate();
  await world.command(second, 'ping');
  await world.command(second, 'format_disk'); // refused, and in the log
  await world.command(second, 'agent_info');
  // As far as this order: whatever follows is what no machine has seen, also where its turn to be shown the log comes meanwhile.
  const followed = readFollowed(`${world.machine.state}/witness.journal`);
  if (!followed) throw new Error('the machine has followed nothing');
  await end(world, second);
  await world.post(`/support/tenants/${OURS}/disarm`, { reason: 'the contract ends', confirm_tenant_id: OURS });
  await expect(activate()).rejects.toThrow('tenant_not_armed'); // and in the log
  await world.verify();

  const trust = { ...(await world.machine.trust()), last_checkpoint: followed.checkpoint, highest_acted_leaf: followed.highestActed };
  await world.agent().stop();
  await world.api().stop();
  const file = await openCheckpointFile({ dataDir: world.installation.dataDir, isOurs: true, clock: systemClock, say: () => undefined });
  const kept = file.newest();
  await file.close();
  const made: Room[] = [];
  while (made.length < rooms) made.push(await roomIn(world)); // PostgreSQL copies a database nobody is connected to
  return { trust, followed, receipts, kept, rooms: made, pat: world.pat, settings: world.installation.env, logKey, audited, machineKey: openStateDir(world.machine.state).identity() };
}

/** The owner's own key on the machine, and a consent signed with it that names the operator's. */
async function signedConsent(world: Ready) {
  const [owner, operator] = [newSigningKey(), newSigningKey()];
  const { instance, agent } = await world.machine.trust();
  writeFileSync(join(world.machine.state, 'consent.pub'), publicKeyText(owner));
  const pinned = await runToEnd('apps/agent/src/main.ts', ['consent', 'pin', join(world.machine.state, 'consent.pub'), '--state', world.machine.state, ...(process.getuid?.() === 0 ? ['--allow-root'] : [])]);
  if (pinned.end !== 'exit 0') throw new Error(pinned.stderr());
  const DAY_MS = 86_400_000;
  const at = (ms: number) => new Date(Date.now() + ms).toISOString();
  const receipt: Receipt = { v: 1, instance, tenant: OURS, agents: '*', commands: '*', cameras: '*', document_sha256: 'ab'.repeat(32), serial: 10, not_before: at(-DAY_MS), not_after: at(DAY_MS), operator_keys: [{ kind: 'ed25519', public_key: operator.publicKeyText }], keep_results: { key: RESULTS_KEY.publicKeyText, days: 30 } };
  const texts = [signReceipt(owner, receipt), signReceipt(owner, { ...receipt, serial: 9 })];
  const body = { document_id: 'DOC-2026-014', document_sha256: receipt.document_sha256, signed_at: at(-DAY_MS), signer: { name: 'Kim Park', email: 'kim@tenant.example' }, receipt: texts[0] };
  const recorded = await ask(world.api().url, `/v1/tenants/${OURS}/consent`, { method: 'PUT', pat: world.pat, body });
  if (recorded.status !== 200) throw new Error(JSON.stringify(recorded.body));
  await world.post(`/support/tenants/${OURS}/arm`, { reason: 'contract 2026', confirm_tenant_id: OURS });
  const me = String((await world.get('/v1/operators/me')).body['operator']);
  return {
    receipts: texts.map((text) => { const { key, receipt: signed, signature } = JSON.parse(text) as { key: string; receipt: Receipt; signature: string }; return { serial: signed.serial, key, receipt: signed as never, signature }; }), // it is JSON
    async activate() {
      const asked = activation();
      const proof = signProof(operator, { instance, tenant: OURS, agent, operator: me, reason: asked.reason, minutes: asked.minutes }, asked);
      const answer = await ask(world.api().url, `/support/agents/${agent}/activate`, { pat: world.pat, headers: { 'x-argus-ops-token': OPS_TOKEN }, body: { ...asked, operator_proof: proof } });
      if (answer.status !== 201) throw new Error(`no session: ${JSON.stringify(answer)}`);
      return { id: String(answer.body['session_id']), token: String(answer.body['session_token']) };
    },
  };
}

async function otherTenant(world: Ready): Promise<void> {
  await world.post('/v1/tenants', { id: OTHER, name: 'Corner Shop' });
  await world.post(`/v1/tenants/${OTHER}/agents`, { agent_id: 'agent_corner_till_01' });
}

async function end(world: Ready, session: { readonly id: string }): Promise<void> {
  await world.post(`/support/sessions/${session.id}/deactivate`, {});
  await until(async () => (await world.entries()).some((text) => text.includes('session_closed') && text.includes(session.id)), 5_000);
}

/** An audit of everything so far, put on record as a night's is. */
async function aNight(pool: Pool, masterKey: Uint8Array) {
  const stores = postgresStores(pool);
  const founded = await layFoundation({ store: stores.founding, masterKey, random: systemRandom, clock: systemClock });
  if (!founded.ok) throw new Error(founded.error);
  const { instance, logKey } = founded.value;
  const checkpoints = createCheckpoints(instance, logKey);
  const newId = () => uuidV7(systemClock.now(), systemRandom);
  const ledger = createLedger({ store: stores.leaves, checkpoints, instance, clock: systemClock, newId });
  const auditor = createAuditor({ clock: systemClock, instance, record: stores.record, leaves: stores.leaves, checkpoints });
  const during = { from: systemClock.now() - LATELY_MS, to: systemClock.now() };
  const { reached, ...found } = await auditor.audit(during, new Map());
  if (found.mismatches > 0) throw new Error(JSON.stringify(found.findings));
  const result = { ...found, ...during, id: newId(), kind: 'nightly', finishedAt: systemClock.now(), by: 'auditor' } as const;
  const written = await ledger.append(attemptOf(result), [{ do: 'record_reconciliation', result, reached }]);
  if (!written.ok) throw new Error(written.error.internal ?? written.error.code);
  return { logKey, audited: reached.find(({ tree }) => tree === OURS)?.size ?? 0 };
}

/** What a cheat can reach, and what looking at it adds to. */
const KEPT = ['log_rotations', 'log_keys', 'log_leaves', 'log_nodes', 'log_checkpoints', 'events', 'remote_support_audit', 'audited_trees', 'audit_reconciliations', 'kept_results'];

/** Copying a whole database takes a second; putting its rows back takes a moment. */
async function roomIn({ database: { dataDir } }: Ready): Promise<Room> {
  const name = `room_${randomBytes(6).toString('hex')}`;
  await asDatabaseAdmin({ dataDir }, `CREATE DATABASE ${name} TEMPLATE argus`);
  const server = await readPostmaster(join(dataDir, 'postgres'));
  if (!server) throw new Error('the database does not run');
  const as = async (role: 'admin' | 'runtime') => embeddedConnection(server, role, (await readDatabasePassword(dataDir, role)) ?? '', name);
  const admin = new Client(await as('admin'));
  await admin.connect();
  atTheEnd(() => admin.end());
  await closeDatabase(admin, name);
  await admin.query(['CREATE SCHEMA whole', ...KEPT.map((table) => `CREATE TABLE whole.${table} AS TABLE argus.${table}`)].join('; '));
  const { user, password } = await as('runtime');
  return {
    admin,
    url: `postgres://${user}:${String(password)}@localhost:${server.port}/${name}?host=${server.socketDir}`,
    restore: async () => void (await admin.query(KEPT.map((table) => `DELETE FROM argus.${table}; INSERT INTO argus.${table} TABLE whole.${table}`).join('; '))),
  };
}
