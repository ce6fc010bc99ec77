/** Everybody who looks at a log, asked about one database. Each answers with what it says, or null when it finds nothing. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bytesSource } from '@argus/evidence/bundle-source.ts';
import { checkBundle } from '@argus/evidence/check-bundle.ts';
import { FINDINGS } from '@argus/evidence/findings.ts';
import { newSha256 } from '@argus/evidence/sha256.ts';
import { verifyEd25519 } from '@argus/keys/ed25519.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { toBase64 } from '@argus/kit/bytes.ts';
import { systemClock } from '@argus/kit/clock.ts';
import { localDisk } from '@argus/ops-api/adapters/data-dir/local-disk.ts';
import { postgresStores } from '@argus/ops-api/adapters/postgres/stores.ts';
import { createAuditor } from '@argus/ops-api/audit/auditor.ts';
import { compareKept } from '@argus/ops-api/audit/kept.ts';
import { startServer, type Server } from '@argus/ops-api/boot.ts';
import { readConfig } from '@argus/ops-api/config.ts';
import { openPool } from '@argus/ops-api/db/pools.ts';
import { problemsWith } from '@argus/ops-api/ledger/accept-restored.ts';
import { createCheckpoints } from '@argus/ops-api/ledger/checkpoints.ts';
import { findLogKey } from './log-key.ts';
import type { TrustFile } from '@argus/protocol/trust.ts';
import { scratchDataDir } from '@argus/testkit/scratch-data-dir.ts';
import type { Checker } from '../../verify/cheats.ts';
import { secondVerifier, secondSays } from '../../verify/testing/second.ts';
import { writeBundle, type BundleParts } from '../../verify/testing/write-bundle.ts';
import { findPlace } from '../../apps/agent/src/witness.ts';
import { TENANT } from '../ready.ts';
import { verifyLog } from '../verify-log.ts';
import { LATELY_MS, type Honest } from './honest.ts';
import type { Forger } from './forger.ts';

export type Verdicts = { readonly [C in Checker]: string | null };
type Asked = { readonly honest: Honest; readonly forger: Forger; readonly url: string; readonly trust: TrustFile; readonly isTheServer: boolean; readonly change?: (parts: BundleParts) => BundleParts };

export async function ask(asked: Asked): Promise<Verdicts> {
  const scratch = await scratchDataDir();
  try {
    const trustPath = join(scratch.dataDir, 'trust.json');
    writeFileSync(trustPath, JSON.stringify(asked.trust));
    const file = await bundleOf(asked, scratch.dataDir);
    const [second, checked] = file === null ? ['there is no checkpoint to make a bundle of', null] : [await bySecond(file, trustPath), await byArgusVerify(file, asked.trust)];
    const [auditor, kept] = [await byAuditor(asked), await byKept(asked)];
    const { argus_verify: live, ...others } = await withServer(asked, scratch.dataDir);
    return { second, auditor, kept, ...others, argus_verify: [live, checked].filter((says) => says !== null).join(' | ') || null };
  } finally {
    await scratch.remove();
  }
}

/** As this server would give it out; null: it has nothing to give. */
async function bundleOf({ honest, forger, trust, change = (parts) => parts }: Asked, folder: string): Promise<string | null> {
  const leaves = (await forger.sql('SELECT seq::int AS index, bytes AS leaf FROM argus.log_leaves WHERE tree = $1 ORDER BY seq', [TENANT])) as { index: number; leaf: string }[]; // as the columns are
  const [head] = await forger.sql('SELECT size::int AS size, note FROM argus.log_checkpoints WHERE tree = $1 ORDER BY size DESC LIMIT 1', [TENANT]);
  if (!head) return null;
  const size = Number(head['size']);
  const keys = await forger.sql('SELECT public_key FROM argus.log_keys ORDER BY created_at');
  const parts: BundleParts = {
    meta: { kind: 'log', instance: trust.instance, tenant: trust.tenant, from: 0, to: size, size, log_keys: keys.map((row) => toBase64(row['public_key'] as Uint8Array)) },
    checkpoint: String(head['note']),
    leaves: leaves.filter(({ index }) => index < size),
    receipts: honest.receipts.slice(0, 1),
    kept: (await forger.sql('SELECT seq::int AS index, sealed, sealed_to, signature FROM argus.kept_results WHERE tenant_id = $1 AND seq < $2 ORDER BY seq', [TENANT, size])).map((row) => ({ index: Number(row['index']), part: 0, sealed: toBase64(row['sealed'] as Uint8Array), end: { key: String(row['sealed_to']), signature: String(row['signature']) } })),
  };
  const file = join(folder, 'bundle.tar');
  writeBundle(file, change(parts));
  return file;
}

async function bySecond(file: string, trustPath: string): Promise<string | null> {
  const report = await secondVerifier(file, trustPath);
  return report.verified ? null : secondSays(report);
}
async function byArgusVerify(file: string, trust: TrustFile): Promise<string | null> {
  const checked = await checkBundle(bytesSource(readFileSync(file)), trust, { sha256, verify: verifyEd25519, newDigest: newSha256 });
  if (!checked.ok) return checked.error;
  const failed = checked.value.findings.filter(({ code }) => FINDINGS[code].fails);
  return failed.length === 0 ? null : failed.map(({ code, says }) => `${code} ${says}`).join('; ');
}

/** What this server had signed before anybody changed anything. Whoever is the server changes that as well. */
async function byKept({ url, trust, honest, isTheServer }: Asked): Promise<string | null> {
  if (isTheServer) return null;
  const pool = openPool({ connection: { connectionString: url }, max: 2, say: () => undefined });
  try {
    const compare = compareKept({ ...postgresStores(pool), instance: trust.instance, checkpoints: createCheckpoints(trust.instance, honest.logKey) });
    const problems = await problemsWith({ newest: () => honest.kept }, compare);
    return problems.length === 0 ? null : problems.map(({ finding }) => finding.what).join(', ');
  } finally {
    await pool.end();
  }
}

/** The coming night; and where that has nothing to say, the same audit of everything, as an operator can ask for it. */
async function byAuditor({ url, trust, honest }: Asked): Promise<string | null> {
  const pool = openPool({ connection: { connectionString: url }, max: 2, say: () => undefined });
  try {
    const stores = postgresStores(pool);
    const checkpoints = createCheckpoints(trust.instance, await findLogKey(stores, honest));
    const auditor = createAuditor({ clock: systemClock, instance: trust.instance, record: stores.record, leaves: stores.leaves, checkpoints });
    const during = { from: systemClock.now() - LATELY_MS, to: systemClock.now() + 60_000 };
    const night = await auditor.audit(during, await stores.reconciliations.audited());
    const found = night.mismatches > 0 ? night : await auditor.audit(during, null);
    if (found.mismatches === 0) return null;
    const what = [...new Set(found.findings.map((one) => one.what))].join(', ');
    return night === found ? what : `on demand: ${what}`;
  } finally {
    await pool.end();
  }
}

async function withServer(asked: Asked, dataDir: string): Promise<Pick<Verdicts, 'server' | 'witness' | 'argus_verify'>> {
  const { honest, trust, url } = asked;
  const config = readConfig({ ...honest.settings, ARGUS_DATA_DIR: dataDir, DATABASE_URL: url }, localDisk);
  let server: Server;
  try {
    server = await startServer({ config, dataDir, runtimeDir: undefined, say: () => undefined, log: () => undefined });
  } catch (problem) {
    const says = problem instanceof Error ? problem.message : String(problem);
    return { server: says, witness: `the server does not start`, argus_verify: `the server does not start` };
  }
  try {
    const address = `http://127.0.0.1:${server.listening.port}`;
    const argus_verify = await verifyLog(address, honest.pat, trust).then(() => null, (problem: Error) => problem.message);
    return { argus_verify, ...(await nextOrder(server, asked)) };
  } finally {
    await server.stop();
  }
}

/** What the next order would be to the server, and to the machine it goes to. */
async function nextOrder(server: Server, { honest, trust }: Asked): Promise<Pick<Verdicts, 'server' | 'witness'>> {
  const written = await server.api.ledger.append({
    at: systemClock.now(), type: 'remote_support_activation', phase: 'intent', tenant: trust.tenant, agent: trust.agent, operator: 'ana@argus.example', by: 'operator', reason: 'the next order',
  });
  if (!written.ok) return { server: written.error.internal ?? written.error.code, witness: 'no order reaches it' };
  const proved = await server.api.ledger.prove(written.value, honest.followed.size).catch((problem: unknown) => String(problem));
  if (typeof proved === 'string') return { server: proved, witness: 'no order reaches it' };
  if (!proved.ok) return { server: null, witness: `the server has no proof for it: ${proved.error.internal}` };
  const place = findPlace(trust, honest.followed, proved.value.place);
  return { server: null, witness: place.ok ? null : `${place.error.fork === undefined ? '' : 'a fork: '}${place.error.why}` };
}

