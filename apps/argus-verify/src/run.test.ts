import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atTheEndOfTheFile } from '@argus/testkit/end-of-file.ts';
import { toBase64 } from '@argus/kit/bytes.ts';
import { canonicalJson } from '@argus/kit/canonical-json.ts';
import { signReceipt } from '@argus/keys/consent.ts';
import { sha256Hex } from '@argus/keys/hash.ts';
import { keptAgain, keptReply, resultsKeyOf, resultsKeyText, resultsPublicKeyText } from '@argus/keys/kept-result.ts';
import { systemRandom } from '@argus/keys/random.ts';
import { mustId } from '@argus/protocol/ids.ts';
import { keepText } from '@argus/protocol/kept.ts';
import type { Receipt } from '@argus/protocol/receipt.ts';
import { describe, expect, test } from 'vitest';
import { AGENT, bundleOf, CONSENT_KEY, HONEST, INSTANCE, LOG_KEY, MACHINE_KEY, OTHER_KEY, SESSION, START, TENANT, texts, treeOf, trustFile } from '../../../packages/evidence/testing/made-log.ts';
import { checkDirectory, offline } from '../testing/check-directory.ts';
import { progressBar } from './progress.ts';
import { run } from './run.ts';

const honest = texts(HONEST);
const tree = treeOf(honest);
const trust = trustFile({ last_checkpoint: tree.checkpoint(11), highest_acted_leaf: 9 });
const PAT = `pat_${'a'.repeat(43)}`;

function folder(files: Readonly<Record<string, string | Uint8Array>>): string {
  const path = mkdtempSync(join(tmpdir(), 'argus-verify-'));
  atTheEndOfTheFile(() => rmSync(path, { recursive: true }));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content, { mode: 0o600 });
  return path;
}

test('a bundle with its trust file holds; changed, it does not; something else cannot be read', async () => {
  const trusted = { 'trust.json': JSON.stringify(trust) };
  expect(await checkDirectory(folder({ ...trusted, 'bundle.tar': bundleOf(honest) }))).toMatchObject({ exit: 0, codes: [], report: { verdict: 'holds', tied_to_machine: true } });
  expect(await checkDirectory(folder({ 'bundle.tar': bundleOf(honest) }))).toMatchObject({ exit: 0, codes: ['not_tied_to_machine'], report: { verdict: 'self_consistent' } });
  expect(await checkDirectory(folder({ ...trusted, 'bundle.tar': bundleOf(honest.slice(0, 8)) }))).toMatchObject({ exit: 1, report: { verdict: 'does_not_hold' } });
  expect(await checkDirectory(folder({ ...trusted, 'bundle.tar': 'hello' }))).toMatchObject({ exit: 3, report: null, stderr: expect.stringContaining('cut short') });
  expect(await checkDirectory(folder({ 'trust.json': '{}', 'bundle.tar': bundleOf(honest) }))).toMatchObject({ exit: 3, stderr: expect.stringContaining('is no trust file') });
  expect(await checkDirectory(folder(trusted))).toMatchObject({ exit: 3, stderr: expect.stringContaining('ENOENT') });
});

/** A server of one log, that can be told to misbehave. */
function server(answers: (path: string) => { status?: number; body: unknown }) {
  const asked: { readonly url: string; readonly authorization: string | null }[] = [];
  const fetch: typeof globalThis.fetch = async (address, init) => {
    const url = new URL(address instanceof Request ? address.url : address);
    asked.push({ url: url.href, authorization: new Headers(init?.headers).get('authorization') });
    const { status = 200, body } = answers(`${url.pathname}${url.search}`);
    return new Response(typeof body === 'string' ? body : JSON.stringify(body), { status });
  };
  return { asked, fetch };
}
const NO_RECEIPTS = (_path: string): object => ({ receipts: [], next: null });
const honestServer = (leaves: readonly string[] = honest, receipts = NO_RECEIPTS) =>
  server((path) => {
    if (path.endsWith('/checkpoint')) return { body: { size: leaves.length, checkpoint: treeOf(leaves).checkpoint() } };
    if (path.includes('/receipts?')) return { body: receipts(path) };
    const from = Number(/from=(\d+)/.exec(path)?.[1]);
    return { body: { size: leaves.length, from, entries: leaves.slice(from, from + 4).map((leaf, i) => ({ index: from + i, leaf })) } };
  });
const at = { env: { ARGUS_PAT: PAT } };
const URL_ = 'https://ops.argus.example';

test('a live log is fetched page by page, with the token in its header and nowhere else', async () => {
  const { asked, fetch } = honestServer();
  const dir = folder({ 'trust.json': JSON.stringify(trust) });
  const ran = await run(['live', URL_, '--trust', join(dir, 'trust.json'), '--json'], { ...offline, ...at, fetch });
  expect(ran.stderr).toBe('');
  expect(JSON.parse(ran.stdout)).toMatchObject({ verdict: 'holds', instance: INSTANCE, tenant: TENANT, numbers: { entries: 15 } });
  expect(asked.map(({ url }) => url.replace(`${URL_}/v1/tenants/${TENANT}/log/`, ''))).toEqual(['checkpoint', 'receipts?from=0', 'entries?from=0&to=15', 'entries?from=4&to=15', 'entries?from=8&to=15', 'entries?from=12&to=15']);
  expect(new Set(asked.map(({ authorization }) => authorization))).toEqual(new Set([`Bearer ${PAT}`]));
  expect(ran.stdout).not.toContain(PAT);
});

describe('consents signed by the owner, of a live log', () => {
  const receiptOf = (serial: number): Receipt => ({ v: 1, instance: INSTANCE, tenant: TENANT, agents: '*', commands: '*', cameras: '*', document_sha256: 'ab'.repeat(32), serial, not_before: new Date(START - 60_000).toISOString(), not_after: new Date(START + 86_400_000).toISOString() });
  const lineOf = (serial: number, index: number, key = CONSENT_KEY) => ({ index, serial, ...(JSON.parse(signReceipt(key, receiptOf(serial))) as object) });
  const under = texts(HONEST.map((one, i) => ([1, 5, 6].includes(i) ? { ...one, args_commit: { ...one.args_commit, receipt: { sha256: sha256Hex(signReceipt(CONSENT_KEY, receiptOf(3))) } } } : one)));
  const pinned = folder({ 'trust.json': JSON.stringify(trustFile({ consent_key: CONSENT_KEY.publicKeyText })) });
  const live = async (receipts: (path: string) => object) => {
    const { exit, stdout, stderr } = await run(['live', URL_, '--trust', join(pinned, 'trust.json'), '--json'], { ...offline, ...at, fetch: honestServer(under, receipts).fetch });
    const report = stdout === '' ? null : (JSON.parse(stdout) as { counts: object; numbers: { receipts: number } });
    return [exit, report && Object.keys(report.counts).filter((code) => code !== 'not_tied_to_machine'), report?.numbers.receipts, stderr];
  };
  const given = (...receipts: readonly object[]) => (): object => ({ receipts, next: null });

  test('are fetched page by page and checked as those of a bundle are', async () => {
    expect(await live(given(lineOf(3, 1)))).toEqual([0, [], 1, '']);
    const paged = (path: string) => (path.endsWith('from=0') ? { receipts: [lineOf(3, 1)], next: 2 } : { receipts: [lineOf(3, 1)], next: null }); // the same text, recorded again
    expect(await live(paged)).toEqual([0, [], 1, '']);
  });

  /** Guarantee: what a bundle cannot leave out or exchange, a live server cannot either. */
  test.each<[string, readonly object[], readonly string[]]>([
    ['left out', [], ['receipt_missing']],
    ['exchanged for another that the owner signed', [lineOf(4, 1)], ['receipt_missing', 'receipt_unfounded']],
    ['added', [lineOf(3, 1), lineOf(4, 2)], ['receipt_unfounded']],
    ['signed by somebody else', [lineOf(3, 1, OTHER_KEY)], ['receipt_missing', 'receipt_unfounded', 'receipt_wrong']],
  ])('that are %s are found out', async (_how, receipts, finds) => {
    const [exit, codes] = await live(given(...receipts));
    expect([exit, codes]).toEqual([1, finds]);
  });

  test('without an end are no log, and neither is a server that has none to ask for', async () => {
    expect(await live(() => ({ receipts: [], next: 0 }))).toEqual([3, null, undefined, expect.stringContaining('has no end')]);
    const further = (path: string) => Number(/from=(\d+)/.exec(path)?.[1]) + 1;
    expect(await live((path) => ({ receipts: [], next: further(path) }))).toEqual([3, null, undefined, expect.stringContaining('has no end')]);
    const fat = { ...lineOf(3, 1), receipt: { padding: 'x'.repeat(5 * 1_048_576) } };
    expect(await live((path) => ({ receipts: [{ ...fat, signature: toBase64(new Uint8Array(64).fill(further(path))) }], next: further(path) }))).toEqual([3, null, undefined, expect.stringContaining('has no end')]);
    expect(await live(() => ({}))).toEqual([3, null, undefined, expect.stringContaining('not a log of Argus')]);
  });
});

describe('kept results, opened', () => {
  const PASSPHRASE = 'correct horse battery';
  const [mine, others] = [resultsKeyOf(new Uint8Array(32).fill(5)), resultsKeyOf(new Uint8Array(32).fill(6))];
  const TEXT = '{"pong":true}';
  const of = { instance: INSTANCE, tenant: TENANT, agent: AGENT, session: SESSION, request_id: mustId('request', 'req_one_1'), result_sha256: sha256Hex(TEXT) };
  const said = keptReply(MACHINE_KEY, { tenantKey: mine.publicKeyText, text: TEXT, of, random: () => new Uint8Array(32).fill(1) }) ?? expect.fail('it was not sealed');
  const kept = keptAgain(MACHINE_KEY.publicKeyText, said, { text: TEXT, of }) ?? expect.fail('it is not what was signed');
  const keep = { keep_results: keepText({ key: mine.publicKeyText, days: 30 }) };
  const story = texts(HONEST.map((one, i) => ([1, 5, 6].includes(i) ? { ...one, args_commit: { ...one.args_commit, ...keep } } : i === 8 ? { ...one, kept_sha256: kept.sha256 } : one)));
  const lines = `${canonicalJson({ index: 8, part: 0, sealed: toBase64(kept.sealed), end: { key: kept.key, signature: kept.signature } })}\n`;
  const cost = { n: 1_024, r: 8, p: 1 };
  const keyFile = (key: typeof mine) => resultsKeyText(key, { passphrase: PASSPHRASE, random: systemRandom, cost });
  const dir = folder({ 'bundle.tar': bundleOf(story, { files: { 'kept.ndjson': lines } }), mine: keyFile(mine), others: keyFile(others), 'mine.pub': resultsPublicKeyText(mine), passphrase: `${PASSPHRASE}\n`, wrong: 'another passphrase\n' });
  let nth = 0;
  const open = async (key: string, { passphrase = 'passphrase', out = `out-${nth++}` } = {}) => {
    const ran = await run(['bundle', join(dir, 'bundle.tar'), '--open', join(dir, key), '--passphrase-file', join(dir, passphrase), '--out', join(dir, out)], offline);
    return { ...ran, written: existsSync(join(dir, out)) ? readdirSync(join(dir, out)).map((name) => [name, readFileSync(join(dir, out, name), 'utf8'), statSync(join(dir, out, name)).mode & 0o777]) : null };
  };

  test('are written down as the machine answered them, for their owner alone', async () => {
    const ran = await open('mine');
    expect([ran.exit, ran.written, ran.stderr]).toEqual([0, [['8-ping.json', TEXT, 0o600]], '']);
    expect(ran.stdout).toContain('1 kept results opened');
    expect(sha256Hex(ran.written?.[0]?.[1] as string)).toBe(of.result_sha256);
  });
  test.each<[string, Parameters<typeof open>, RegExp, number]>([
    ['another key', ['others'], /sealed to another key than the one you gave/, 1],
    ['another passphrase', ['mine', { passphrase: 'wrong' }], /passphrase does not open/, 3],
    ['the public half', ['mine.pub'], /not the one that ends with \.pub/, 3],
    ['no key', ['passphrase'], /no results key/, 3],
  ])('with %s none is written', async (_what, asked, says, exit) => {
    const ran = await open(...asked);
    expect([ran.exit, ran.stdout + ran.stderr, ran.written ?? []]).toEqual([exit, expect.stringMatching(says), []]);
  });
  test('with both keys each is opened by its own', async () => {
    const ran = await run(['bundle', join(dir, 'bundle.tar'), '--open', join(dir, 'others'), '--open', join(dir, 'mine'), '--passphrase-file', join(dir, 'passphrase'), '--out', join(dir, 'both')], offline);
    expect([ran.exit, readdirSync(join(dir, 'both'))]).toEqual([0, ['8-ping.json']]);
  });
  test('that are gone within their days are missed, also from a bundle that says it is made after them', async () => {
    const bundleJson = canonicalJson({ v: 1, kind: 'log', instance: INSTANCE, tenant: TENANT, made_at: '2126-03-01T12:00:00.000Z', from: 0, to: story.length, size: story.length, log_keys: [LOG_KEY.publicKeyText] });
    const file = join(folder({ 'bundle.tar': bundleOf(story, { files: { 'bundle.json': `${bundleJson}\n`, 'kept.ndjson': '' } }) }), 'bundle.tar');
    const on = (now: number) => run(['bundle', file, '--json'], { ...offline, clock: { ...offline.clock, now: () => now } });
    expect(JSON.parse((await on(START + 86_400_000)).stdout)).toMatchObject({ verdict: 'does_not_hold', counts: { kept_missing: 1 } });
    expect(JSON.parse((await on(START + 31 * 86_400_000)).stdout)).toMatchObject({ verdict: 'self_consistent' });
  });
  test('nothing is written over what is there, and a folder, a key and a passphrase go together', async () => {
    await open('mine', { out: 'twice' });
    expect(await open('mine', { out: 'twice' })).toMatchObject({ exit: 3, stderr: expect.stringContaining('cannot be made (EEXIST)') });
    for (const [argv, says] of [[['--out', 'x'], 'go with --open'], [['--open', 'x'], '--out DIR'], [['--open', 'x', '--out', 'y'], '--passphrase-file']] as const)
      expect(await run(['bundle', join(dir, 'bundle.tar'), ...argv], offline)).toMatchObject({ exit: 2, stderr: expect.stringContaining(says) });
  });
});

test('the token comes from a file that nobody else can read, from standard input, or from the environment', async () => {
  const dir = folder({ pat: `${PAT}\n` });
  const live = (more: readonly string[], over: object = {}) => run(['live', URL_, '--tenant', TENANT, ...more], { ...offline, fetch: honestServer().fetch, ...over });
  expect((await live(['--pat-file', join(dir, 'pat')])).exit).toBe(0);
  expect((await live(['--pat-file', '-'], { stdin: async () => `${PAT}\n` })).exit).toBe(0);
  expect((await live([], { env: { ARGUS_PAT_FILE: join(dir, 'pat') } })).exit).toBe(0);
  chmodSync(join(dir, 'pat'), 0o644);
  expect(await live(['--pat-file', join(dir, 'pat')])).toMatchObject({ exit: 3, stderr: expect.stringContaining('chmod 600') });
  expect(await live([])).toMatchObject({ exit: 2, stderr: expect.stringContaining('ARGUS_PAT') });
  expect(await live([], { env: { ARGUS_PAT: 'secret' } })).toMatchObject({ exit: 2, stderr: expect.not.stringContaining('secret') });
});

/** Guarantee: the token goes to the server that was named, encrypted, and is not typed where everybody can see it. */
test.each<[why: string, argv: readonly string[], says: RegExp]>([
  ['in the clear over a network', ['live', 'http://ops.argus.example', '--tenant', TENANT], /in the clear/],
  ['with a password in the address', ['live', 'https://me:pw@ops.argus.example', '--tenant', TENANT], /no secret into the address/],
  ['with a secret in the query', ['live', 'https://ops.argus.example/?token=x', '--tenant', TENANT], /no secret into the address/],
  ['to no address', ['live', 'ops.argus.example', '--tenant', TENANT], /by its address/],
  ['to a file', ['live', 'file:///etc/passwd', '--tenant', TENANT], /by its address/],
  ['for no tenant', ['live', URL_], /--tenant is required/],
  ['with a token among the words', ['live', URL_, '--tenant', TENANT, PAT], /Revoke it/],
  ['by a flag there is none of', ['live', URL_, '--pat', 'x'], /pat/],
  ['for a command there is none of', ['toast'], /no such command/],
  ['for two bundles', ['bundle', 'a', 'b'], /one bundle/],
  ['to compare with nothing', ['compare', '--trust', 'x', '--journal', 'y'], /what to compare with/],
  ['to compare nothing', ['compare', 'b.tar', '--trust', 'x'], /a record of the machine/],
])('%s nothing is asked of anybody', async (_why, argv, says) => {
  const { asked, fetch } = honestServer();
  const ran = await run(argv, { ...offline, ...at, fetch });
  expect([ran.exit, ran.stderr]).toEqual([2, expect.stringMatching(says)]);
  expect(ran.stderr + ran.stdout).not.toContain(PAT);
  expect(asked).toEqual([]);
});

test.each<[why: string, answers: (path: string) => { status?: number; body: unknown }, says: RegExp]>([
  ['refuses', () => ({ status: 403, body: { code: 'missing_role', title: 'Your token\u001b[31m lacks a scope', hint: `use pat_${'b'.repeat(43)}` } }), /refused with 403 missing_role\. Your token \[31m lacks a scope\. use pat_\[redacted\]/],
  ['answers with something else', () => ({ body: '<html>' }), /not a log of Argus/],
  ['breaks off', () => { throw new Error('socket hang up'); }, /could not be reached: socket hang up/],
  ['answers without an end', () => ({ body: 'x'.repeat(65 * 1_048_576) }), /more than any page/],
])('a server that %s is no finding', async (_why, answers, says) => {
  const ran = await run(['live', URL_, '--tenant', TENANT], { ...offline, ...at, fetch: server(answers).fetch });
  expect([ran.exit, ran.stderr]).toEqual([3, expect.stringMatching(says)]);
});

test('a server that stops giving entries, or gives more than there are, is found out', async () => {
  const checkpoint = { size: 15, checkpoint: tree.checkpoint() };
  const giving = (leaves: readonly string[]) => server((path) => (path.endsWith('/checkpoint') ? { body: checkpoint } : path.includes('/receipts?') ? { body: NO_RECEIPTS(path) } : { body: { size: 15, from: 0, entries: path.includes('from=0&') ? leaves.map((leaf, index) => ({ index, leaf })) : [] } }));
  for (const leaves of [honest.slice(0, 9), [...honest, ...honest]]) {
    const ran = await run(['live', URL_, '--tenant', TENANT], { ...offline, ...at, fetch: giving(leaves).fetch });
    expect([ran.exit, ran.stdout]).toEqual([1, expect.stringContaining('not as many entries')]);
  }
});

test('help names every command and every exit code; a stop is JSON where JSON was asked for', async () => {
  expect((await run([], offline)).stdout).toMatch(/bundle[^]*live[^]*compare[^]*0 all of it holds, 1 something does not hold, 2 what was typed, 3 something cannot be read/);
  expect((await run(['live', '--help'], offline)).stdout).toContain('scope logs:read');
  expect(JSON.parse((await run(['bundle', '--json'], offline)).stderr)).toEqual({ v: 1, verdict: 'not_checked', title: 'Name one bundle.' });
});

test('the bar is for a terminal and for long logs, and takes itself away', () => {
  const drawn: string[] = [];
  let now = 0;
  const bar = (isTTY: boolean) => progressBar({ elapsed: () => (now += 200) }, { isTTY, write: (text) => drawn.push(text) });
  bar(false).at(512, 10_240);
  bar(true).at(512, 1_000);
  expect(drawn).toEqual([]);
  const shown = bar(true);
  shown.at(5_120, 10_240);
  shown.at(5_121, 10_240);
  shown.end();
  expect(drawn).toEqual([`\r[${'#'.repeat(15)}${'.'.repeat(15)}]  50 %  5120 of 10240 entries`, '\r\u001b[K']);
});

test('it has no code of the server, and of the network one file', () => {
  const sources = ['run', 'command', 'crypto', 'pat', 'progress', 'adapters/files', 'commands/bundle'].map((name) => readFileSync(join(import.meta.dirname, `${name}.ts`), 'utf8'));
  expect(sources.filter((text) => /\bfetch\(|ops-api/.test(text))).toEqual([]);
});
