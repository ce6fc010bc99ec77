/** Servers the daemon must not believe, on real TLS sockets: it stays dormant, says why, and tries again politely. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { openStateDir } from '../apps/agent/src/adapters/state/state-dir.ts';
import { witnessJournal } from '../apps/agent/src/adapters/state/witness-journal.ts';
import { createLog, TRUST } from '../apps/agent/testing/signed-log.ts';
import { scratchDataDir } from '@argus/testkit/scratch-data-dir.ts';
import { launch, runToEnd } from './processes.ts';
import { atTheEnd } from './teardown.ts';
import { until } from './until.ts';

const AGENT = 'apps/agent/src/main.ts';
const AS_ROOT = process.getuid?.() === 0 ? ['--allow-root'] : [];
let folder: string;
beforeAll(async () => {
  const scratch = await scratchDataDir();
  atTheEnd(() => scratch.remove());
  folder = scratch.dataDir;
  mkdirSync(folder, { recursive: true });
  openssl('req', '-x509', ...KEY, '-days', '2', '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=Test authority');
});

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
const openssl = (...args: readonly string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });

/** Of our authority, for a name and from a day to another; both may lie in the past. */
function certificate(name: string, host: string, [from, until_]: readonly [string, string]): void {
  openssl('req', ...KEY, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${host}`);
  writeFileSync(join(folder, 'ca.cnf'), `[ca]\ndefault_ca=x\n[x]\ndatabase=${folder}/index.txt\nserial=${folder}/serial\nnew_certs_dir=${folder}\ndefault_md=sha256\npolicy=p\nunique_subject=no\n[p]\ncommonName=supplied\n[e]\nsubjectAltName=DNS:${host}\n`);
  writeFileSync(join(folder, 'index.txt'), '');
  writeFileSync(join(folder, 'serial'), `${Date.now().toString(16).padStart(12, '0')}\n`);
  openssl('ca', '-batch', '-config', 'ca.cnf', '-extensions', 'e', '-cert', 'ca.pem', '-keyfile', 'ca.key', '-in', `${name}.csr`, '-out', `${name}.pem`, '-startdate', from, '-enddate', until_);
}
const NOW: readonly [string, string] = ['20250101000000Z', '20490101000000Z'];

async function serverWith(key: string, cert: string): Promise<{ readonly url: string; readonly upgrades: () => number }> {
  let upgrades = 0;
  const server = createServer({ key: readFileSync(join(folder, key)), cert: readFileSync(join(folder, cert)) });
  server.on('upgrade', (_request, socket) => {
    upgrades++;
    socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atTheEnd(() => void server.close());
  return { url: `https://localhost:${(server.address() as AddressInfo).port}`, upgrades: () => upgrades };
}

/** A daemon that believes our authority, and was enrolled with a server at this address. */
function daemonFor(url: string) {
  const state = openStateDir(join(folder, `state-${new URL(url).port}`));
  const installRoot = join(folder, `install-${new URL(url).port}`);
  mkdirSync(installRoot);
  const log = createLog();
  log.add({ type: 'agent_enrolled', phase: 'fact' });
  state.identity();
  witnessJournal(state.file('witness.journal'), log.followed()).close();
  state.save({ ...TRUST, server_url: url, install_root: installRoot }, new Uint8Array(32).fill(6));
  return {
    agent: launch(AGENT, ['run', '--state', state.path, ...AS_ROOT], { NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem') }),
    status: async () => (await runToEnd(AGENT, ['status', '--state', state.path, ...AS_ROOT])).stdout(),
  };
}

test.each<[string, () => [string, string], RegExp, string]>([
  ['nobody vouches for', () => (openssl('req', '-x509', ...KEY, '-days', '2', '-keyout', 'own.key', '-out', 'own.pem', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'), ['own.key', 'own.pem']), /self-signed certificate/, 'no authority vouches for'],
  ['is for another name', () => (certificate('other', 'ops.elsewhere.example', NOW), ['other.key', 'other.pem']), /does not match certificate's altnames/, 'is for another name'],
  ['has expired', () => (certificate('old', 'localhost', ['20200101000000Z', '20210101000000Z']), ['old.key', 'old.pem']), /certificate has expired/, 'has expired'],
  ['is not valid yet', () => (certificate('new', 'localhost', ['20480101000000Z', '20490101000000Z']), ['new.key', 'new.pem']), /not yet valid/, 'is not valid yet'],
])('a server whose certificate %s hears nothing, and a person at the machine hears why', async (_, make, why, words) => {
  const server = await serverWith(...make());
  const { agent, status } = daemonFor(server.url);
  await until(() => (agent.stdout().match(/"disconnected"/g)?.length ?? 0) >= 2, 20_000); // it goes on trying, and refuses again
  expect(agent.stdout()).toMatch(why);
  const said = await status();
  expect(said).toMatch(why);
  expect(said).toContain(words);
  expect([server.upgrades(), await agent.stop()]).toEqual([0, 'exit 0']);
});

test('with a good certificate of the same authority the daemon does dial, so the refusals above mean something', async () => {
  certificate('good', 'localhost', NOW);
  const server = await serverWith('good.key', 'good.pem');
  const { agent } = daemonFor(server.url);
  await until(() => server.upgrades() > 0, 20_000);
  expect(await agent.stop()).toBe('exit 0');
});
