/** Results that are kept, with real processes: the tenant's commands, a server with a real database, and what only the tenant's key opens. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalJson, type Json } from '@argus/kit/canonical-json.ts';
import { beforeAll, expect, test } from 'vitest';
import { secondSays, secondVerifier } from '../verify/testing/second.ts';
import { ask } from './http.ts';
import { runToEnd } from './processes.ts';
import { ready, TENANT, type Ready } from './ready.ts';
import { lookInto, lookIntoTables } from './secrets.ts';

const AS_ROOT = process.getuid?.() === 0 ? ['--allow-root'] : [];
/** It has to be found in the result, and nowhere the server keeps anything. */
const MARK = 'the-till-says-4711-and-nobody-else';

let world: Ready;
let results: readonly string[];
const at = (name: string) => join(world.installation.dataDir, 'tenant', name);
async function tenant(words: string, ...args: string[]): Promise<string> {
  const ran = await runToEnd('apps/agent/src/main.ts', [...words.split(' '), ...args, '--state', world.machine.state, ...AS_ROOT]);
  expect(ran.end, ran.stderr()).toBe('exit 0');
  return ran.stdout();
}
const verify = (...args: string[]) => runToEnd('apps/argus-verify/src/main.ts', args);

beforeAll(async () => {
  world = await ready();
  mkdirSync(at(''), { recursive: true });
  writeFileSync(at('pass'), 'correct horse battery\n', { mode: 0o600 });
  writeFileSync(at('contract.txt'), 'the contract');
  for (const kind of ['consent', 'results']) await tenant(`${kind} keygen`, '--out', at(`${kind}.key`), '--passphrase-file', at('pass'));
  await tenant('results keygen', '--out', at('other.key'), '--passphrase-file', at('pass'));
  await tenant('consent pin', at('consent.key.pub'));
  await tenant('consent sign', '--key', at('consent.key'), '--passphrase-file', at('pass'), '--document', at('contract.txt'), '--agents', '*', '--commands', '*', '--cameras', '*', '--not-after', '2099-01-01T00:00:00Z', '--keep-results', at('results.key.pub'), '--keep-days', '30', '--out', at('receipt.json'));
  const receipt = readFileSync(at('receipt.json'), 'utf8');
  expect(await tenant('consent show', at('receipt.json'))).toMatch(/results +kept for 30 days, sealed to your key [0-9a-f]{32}/);
  const { receipt: said } = JSON.parse(receipt) as { receipt: { document_sha256: string } };
  const body = { document_id: 'DOC-2026-015', document_sha256: said.document_sha256, signed_at: new Date(Date.now() - 60_000).toISOString(), signer: { name: 'Kim Park', email: 'kim@tenant.example' }, receipt };
  expect((await ask(world.api().url, `/v1/tenants/${TENANT}/consent`, { method: 'PUT', pat: world.pat, body })).status).toBe(200);
  expect((await world.post(`/support/tenants/${TENANT}/arm`, { reason: 'contract 2026', confirm_tenant_id: TENANT })).status).toBe(200);
  writeFileSync(join(world.machine.installRoot, 'argus.log'), `${MARK}\n`.repeat(5_000));
  const session = await world.activate();
  const answers = [await world.command(session, 'ping'), await world.command(session, 'tail_log'), await world.command(session, 'tail_log', { args: { lines: 5_000 } })];
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  results = answers.map(({ body: { result } }) => canonicalJson(result as Json));
  await world.post(`/support/sessions/${session.id}/deactivate`, {});
  writeFileSync(at('trust.json'), JSON.stringify(await world.machine.trust()));
  const bundle = await fetch(`${world.api().url}/v1/tenants/${TENANT}/log/bundle`, { headers: { authorization: `Bearer ${world.pat}` } });
  writeFileSync(at('log.tar'), new Uint8Array(await bundle.arrayBuffer()));
}, 120_000);

test('the tenant opens from a bundle the very results the operator was given, and both verifiers take it', async () => {
  const opened = await verify('bundle', at('log.tar'), '--trust', at('trust.json'), '--open', at('results.key'), '--passphrase-file', at('pass'), '--out', at('opened'));
  expect([opened.end, opened.stderr()]).toEqual(['exit 0', '']);
  expect(opened.stdout()).toContain('3 kept results opened');
  const files = readdirSync(at('opened')).toSorted((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
  expect(files.map((name) => name.replace(/^\d+-/, ''))).toEqual(['ping.json', 'tail_log.json', 'tail_log.json']);
  expect(files.map((name) => readFileSync(join(at('opened'), name), 'utf8'))).toEqual(results);
  expect(secondSays(await secondVerifier(at('log.tar'), at('trust.json')))).toBe('verified');
});

test('with another key of the tenant none opens, and it says that there is another', async () => {
  const opened = await verify('bundle', at('log.tar'), '--trust', at('trust.json'), '--open', at('other.key'), '--passphrase-file', at('pass'), '--out', at('none'));
  expect([opened.end, readdirSync(at('none'))]).toEqual(['exit 1', []]);
  expect(opened.stdout()).toContain('sealed to another key than the one you gave');
});

/** Guarantee: what a machine answered stands nowhere in the clear: in no table, no row, no line of a log, no bundle. */
test('what was read from the machine is in the answers, and in nothing that the server keeps', async () => {
  const marked = [{ name: 'a line of the till', text: MARK }];
  expect(results.filter((text) => lookInto(text, 'an answer', marked).length > 0)).toHaveLength(2);
  const { found, tables } = await lookIntoTables(world.installation, marked);
  expect([found, tables.some((name) => name.includes('kept_results'))]).toEqual([[], true]);
  for (const [name, running] of [['the server', world.api()], ['the machine', world.agent()]] as const) expect(lookInto(running.stdout() + running.stderr(), name, marked)).toEqual([]);
  expect(lookInto(readFileSync(at('log.tar')), 'the bundle', marked)).toEqual([]);
});

test('the record is checked live against the consents the tenant signed, fetched from the server', async () => {
  writeFileSync(at('token'), world.pat, { mode: 0o600 });
  const live = await verify('live', world.api().url, '--trust', at('trust.json'), '--pat-file', at('token'), '--json');
  expect([live.end, live.stderr()]).toEqual(['exit 0', '']);
  expect(JSON.parse(live.stdout())).toMatchObject({ numbers: { receipts: 1, commands: 3 }, counts: {} });
});
