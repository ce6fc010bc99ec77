/** A log of 50,000 entries leaves a real server: as a bundle, as an export, and through a check at the server itself. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '@argus/kit/clock.ts';
import { sameBytes, toHex, utf8 } from '@argus/kit/bytes.ts';
import { verifyEd25519 } from '@argus/keys/ed25519.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { systemRandom } from '@argus/keys/random.ts';
import { uuidV7 } from '@argus/keys/uuid.ts';
import { openCheckpoint } from '@argus/ledger/checkpoint.ts';
import { emptyFrontier, frontierRoot, grow } from '@argus/ledger/frontier.ts';
import { leafHash } from '@argus/ledger/hash.ts';
import { BUNDLE_FILES, BundleLeaf, parseBundleLine } from '@argus/protocol/bundle.ts';
import { mustId } from '@argus/protocol/ids.ts';
import { originOf } from '@argus/protocol/origin.ts';
import { createTarReader } from '@argus/protocol/ustar.ts';
import { localDisk } from '@argus/ops-api/adapters/data-dir/local-disk.ts';
import { passwordFile } from '@argus/ops-api/adapters/embedded-postgres/passwords.ts';
import { readPostmaster } from '@argus/ops-api/adapters/embedded-postgres/postmaster.ts';
import { besideServer } from '@argus/ops-api/boot.ts';
import { readConfig } from '@argus/ops-api/config.ts';
import { createCheckpoints } from '@argus/ops-api/ledger/checkpoints.ts';
import { createLedger } from '@argus/ops-api/ledger/ledger.ts';
import { Client } from 'pg';
import { beforeAll, expect, test } from 'vitest';
import { ask } from './http.ts';
import { newInstallation, newPat, OPS_API, startOpsApi, type Installation, type OpsApi } from './ops-api.ts';
import { runToEnd } from './processes.ts';

const TENANT = mustId('tenant', 'UTD_7ELEVEN_001');
const ENTRIES = 50_000;
const MIB = 1024 * 1024;
/** Of a bundle of more than 50 MiB: less than was ever held of it. */
const GROWTH_MAX_MIB = 40;

/** So that what is held shows: a heap that may grow grows by what it throws away, too. */
const SMALL_HEAP = '--max-old-space-size=128 --max-semi-space-size=4';

let installation: Installation;
let api: OpsApi;
let pat: string;
let logKey: Uint8Array;
let instance: ReturnType<typeof mustId<'instance'>>;

beforeAll(async () => {
  installation = await newInstallation();
  api = await startOpsApi({ env: { ...installation.env, NODE_OPTIONS: SMALL_HEAP } });
  pat = await newPat(installation);
  await ask(api.url, '/v1/tenants', { pat, body: { id: TENANT, name: 'Seven Eleven' } });
  // As any other process at the server appends: through the lane, with its hashes and checkpoints.
  await besideServer({ config: readConfig(installation.env, localDisk), dataDir: installation.dataDir, runtimeDir: undefined, say: () => undefined }, async ({ stores, foundation }) => {
    ({ instance } = foundation);
    logKey = foundation.logKey.publicKey;
    const ledger = createLedger({ store: stores.leaves, checkpoints: createCheckpoints(instance, foundation.logKey), instance, clock: systemClock, newId: () => uuidV7(systemClock.now(), systemRandom) });
    for (let at = 1; at < ENTRIES; at += 1_000) {
      const written = await Promise.all(
        Array.from({ length: Math.min(1_000, ENTRIES - at) }, (_, i) =>
          ledger.append({ at: systemClock.now(), type: 'tenant_armed', phase: 'fact', tenant: TENANT, operator: 'ana@argus.example', by: 'operator', reason: `${at + i} ${'"größer" '.repeat(50)}`, outcome: 'refused', code: 'tenant_consent_required' }),
        ),
      );
      for (const one of written) if (!one.ok) throw new Error(one.error.internal ?? one.error.code);
    }
  });
}, 300_000);

const rssMiB = async () => Number(/VmRSS:\s+(\d+) kB/.exec(await readFile(`/proc/${api.pid}/status`, 'utf8'))?.[1]) / 1024;
const open = (path: string) => fetch(new URL(`/v1/tenants/${TENANT}/log/${path}`, api.url), { headers: { authorization: `Bearer ${pat}` }, signal: AbortSignal.timeout(100_000) });

/** Reads an answer piece by piece; what the server held at most while it did. */
async function watched(answer: Response, each: (chunk: Uint8Array) => void): Promise<{ readonly bytes: number; readonly peak: number }> {
  let [bytes, peak, nth] = [0, 0, 0];
  for await (const chunk of answer.body ?? []) {
    bytes += chunk.length;
    each(chunk);
    if (nth++ % 50 === 0) peak = Math.max(peak, await rssMiB());
  }
  return { bytes, peak };
}

/** Guarantee: however large a log is, handing it out costs the server no memory that grows with it. */
test('50,000 entries leave as one bundle, whole and with their root, and the server grows by next to nothing', async () => {
  // A fifth of it first: what a heap grows to anyhow it has then. What were held of the rest would come on top.
  const { peak: before } = await watched(await open('bundle?kind=period&to=10000'), () => undefined);
  const answer = await open('bundle');
  expect(answer.status).toBe(200);
  const reader = createTarReader(BUNDLE_FILES);
  let frontier = emptyFrontier;
  let [file, half, checkpoint] = ['', '', ''];
  const decoder = new TextDecoder();
  const line = (text: string) => {
    const read = parseBundleLine(BundleLeaf, text);
    if (!read.ok || read.value.index !== frontier.size) throw new Error(`entry ${frontier.size}: ${read.ok ? 'is missing' : read.error}`);
    frontier = grow(sha256, frontier, leafHash(sha256, utf8(read.value.leaf))).frontier;
  };
  const { bytes, peak } = await watched(answer, (chunk) => {
    const pieces = reader.push(chunk);
    if (!pieces.ok) throw new Error(pieces.error);
    for (const piece of pieces.value) {
      if (piece.kind === 'file') file = piece.name;
      else if (piece.kind === 'bytes' && file === 'checkpoint.txt') checkpoint += decoder.decode(piece.bytes);
      else if (piece.kind === 'bytes' && file === 'leaves.ndjson') {
        const lines = (half + decoder.decode(piece.bytes, { stream: true })).split('\n');
        half = lines.pop() ?? '';
        lines.forEach(line);
      }
    }
  });
  expect(reader.end()).toEqual({ ok: true, value: null });
  expect(bytes).toBe(Number(answer.headers.get('content-length')));
  expect(bytes).toBeGreaterThan(40 * MIB);
  const head = openCheckpoint({ sha256, verify: verifyEd25519, note: checkpoint, origin: originOf(instance, TENANT), publicKey: logKey }) ?? expect.fail('not signed');
  expect([head.size, frontier.size]).toEqual([ENTRIES, ENTRIES]);
  expect(sameBytes(head.root, frontierRoot(sha256, frontier)), toHex(head.root)).toBe(true);
  process.stdout.write(`bundle of ${Math.round(bytes / MIB)} MiB: server ${Math.round(before)} MiB before, ${Math.round(peak)} MiB at most\n`);
  expect(peak - before).toBeLessThan(GROWTH_MAX_MIB);
});

test('with a proof for each as well, and as an export for a SIEM', async () => {
  const before = await rssMiB();
  const period = await watched(await open(`bundle?kind=period&from=1&to=${ENTRIES / 2}`), () => undefined);
  const events = await watched(await open('export?format=ocsf'), () => undefined);
  expect(Math.min(period.bytes, events.bytes)).toBeGreaterThan(40 * MIB);
  expect(Math.max(period.peak, events.peak) - before).toBeLessThan(GROWTH_MAX_MIB);
});

test('who stops reading keeps nothing busy, and a server that stops does not wait for them', async () => {
  const before = await rssMiB();
  const unread = [await open('bundle'), await open('export')];
  expect((await open('export')).status).toBe(429); // two at once
  expect((await ask(api.url, '/readyz')).status).toBe(200);
  expect((await rssMiB()) - before).toBeLessThan(GROWTH_MAX_MIB);
  expect(await api.stop()).toBe('exit 0');
  for (const answer of unread) await expect(answer.arrayBuffer()).rejects.toThrow();
});

/** Guarantee: who administers the server can check all of it, and is told which entry is not as it was. */
test('fsck without a server: all of it agrees; then one entry is changed behind its back, and named', async () => {
  const fsck = async (...args: readonly string[]) => {
    const ran = await runToEnd(OPS_API, ['fsck', ...args], installation.env);
    return { end: ran.end, said: ran.stdout().trim().split('\n'), problem: ran.stderr() };
  };
  const clean = await fsck();
  expect(clean.end, `${clean.problem}${clean.said.join('\n')}`).toBe('exit 0');
  expect(clean.said).toEqual([expect.stringMatching(/^2 trees, 500\d\d entries, .*: all of it agrees$/)]);

  api = await startOpsApi(installation);
  const { checkpoint } = (await ask(api.url, `/v1/tenants/${TENANT}/log/checkpoint`, { pat })).body;
  const file = join(installation.dataDir, 'kept.ndjson');
  await writeFile(file, `${JSON.stringify({ checkpoint })}\n`);
  const { socketDir = '', port } = (await readPostmaster(join(installation.dataDir, 'postgres'))) ?? {};
  const owner = new Client({ host: socketDir, port, user: 'argus_owner', password: (await readFile(passwordFile(installation.dataDir, 'owner'), 'utf8')).trim(), database: 'argus', ssl: false });
  await owner.connect();
  await owner.query(`UPDATE argus.log_leaves SET bytes = replace(bytes, 'ana@', 'eve@') WHERE tree = $1 AND seq = 31234`, [TENANT]);
  await owner.end();
  const found = await fsck('--checkpoints', file); // beside the server
  expect(found.end).toBe('exit 3');
  expect(found.said).toContain(`leaf_changed ${TENANT} #31234`);
  expect(found.said.at(-1)).toMatch(/[1-9]\d* checkpoints kept outside the database: [1-9]\d* things do not agree$/);
});

test('fsck where there is nothing to check says so, and makes nothing', async () => {
  const empty = await newInstallation();
  const ran = await runToEnd(OPS_API, ['fsck'], empty.env);
  expect([ran.end, ran.stderr()]).toEqual(['exit 2', expect.stringContaining('there is nothing to check')]);
});
