/** What a tenant types: a key, a consent signed with it, and a machine that goes by it. */
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { keyFingerprint } from '@argus/keys/consent.ts';
import { openResultsKey } from '@argus/keys/kept-result.ts';
import { readResultsPublicKey } from '@argus/protocol/kept.ts';
import { freshSoftKey } from '../../../../packages/keys/testing/authenticator.ts';
import { verifyText } from '@argus/keys/ed25519.ts';
import { sha256Hex } from '@argus/keys/hash.ts';
import { isSigned, readReceipt } from '@argus/protocol/receipt.ts';
import { TrustFile } from '@argus/protocol/trust.ts';
import { beforeAll, expect, test, vi } from 'vitest';
import { scratch } from '../../testing/scratch.ts';
import { AGENT, createLog, INSTANCE, SESSION, TENANT, TRUST } from '../../testing/signed-log.ts';
import { askingServer } from '../adapters/local/line-server.ts';
import { claimRunDir, listenIn } from '../adapters/local/run-dir.ts';
import { pinnedConsent } from '../adapters/state/pinned-consent.ts';
import { openStateDir } from '../adapters/state/state-dir.ts';
import { witnessJournal } from '../adapters/state/witness-journal.ts';
import { CLI, commandOf } from './index.ts';
import { Stop } from './stop.ts';

const folder = scratch();
const at = (name: string) => join(folder, name);
const PASSPHRASE = 'correct horse battery';

type Ran = { readonly code: number; readonly out: string; readonly err: string };
/** As main.ts does, within this process: every start of a program costs more than all that it does here. */
async function argus(...args: string[]): Promise<Ran> {
  const said = { out: '', err: '' };
  const hear = (stream: NodeJS.WriteStream, into: 'out' | 'err') => vi.spyOn(stream, 'write').mockImplementation((text) => ((said[into] += String(text)), true));
  const ears = [hear(process.stdout, 'out'), hear(process.stderr, 'err')];
  try {
    await main(args);
    return { code: 0, ...said };
  } catch (problem) {
    if (!(problem instanceof Stop)) throw problem;
    return { code: 2, ...said, err: `${said.err}argus-agent: ${problem.message}\n` };
  } finally {
    for (const ear of ears) ear.mockRestore();
  }
}
async function main(args: readonly string[]): Promise<void> {
  const options = Object.assign({}, ...CLI.map((command) => command.options), { state: { type: 'string' } }) as Record<string, { type: 'string' | 'boolean' }>;
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options });
  const { command, flags } = commandOf(positionals) ?? expect.fail(`no command ${positionals.join(' ')}`);
  await command.run(openStateDir(String(values['state'] ?? at('state'))), { ...values, ...flags });
}
function enrolled(): string {
  const path = join(scratch(), 'state');
  const state = openStateDir(path);
  state.save(TRUST, new Uint8Array(32));
  witnessJournal(state.file('witness.journal'), createLog().followed()).close();
  return path;
}
const sign = (out: string, ...more: string[]) =>
  argus('consent', 'sign', '--key', at('consent.key'), '--document', at('contract.pdf'), '--agents', '*', '--commands', 'ping,tail_log', '--cameras', '', '--not-after', '2099-01-31T18:00:00+01:00', '--instance', INSTANCE, '--tenant', TENANT, '--out', at(out), '--passphrase-file', at('passphrase'), ...more);

let made: Ran;
beforeAll(async () => {
  writeFileSync(at('passphrase'), `${PASSPHRASE}\n`, { mode: 0o600 });
  writeFileSync(at('contract.pdf'), 'the consent, page 1 of 1');
  made = await argus('consent', 'keygen', '--out', at('consent.key'), '--passphrase-file', at('passphrase'));
});
const publicKey = () => (JSON.parse(readFileSync(at('consent.key.pub'), 'utf8')) as { public_key: string }).public_key;

test('keygen: the seed is sealed, only its owner can read it, and nothing is written over', async () => {
  expect([made.code, made.err]).toEqual([0, '']);
  expect(made.out).toContain(`Fingerprint ${keyFingerprint(publicKey())}`);
  expect(statSync(at('consent.key')).mode & 0o777).toBe(0o600);
  expect(JSON.parse(readFileSync(at('consent.key'), 'utf8'))).toMatchObject({ kind: 'argus-consent-key', seed: { n: 131_072 } });
  const again = await argus('consent', 'keygen', '--out', at('consent.key'), '--passphrase-file', at('passphrase'));
  expect([again.code, again.err]).toEqual([2, `argus-agent: ${at('consent.key')} is there already, and nothing is written over. Name another file with --out.\n`]);
});

test('sign: what was asked for, read back before it is signed, under the passphrase alone', async () => {
  const signed = await sign('receipt.json', '--serial', '7');
  expect([signed.code, signed.err.includes('commands  ping, tail_log'), signed.err.includes('cameras   none')]).toEqual([0, true, true]);
  const read = readReceipt(readFileSync(at('receipt.json'), 'utf8'));
  if (!read.ok) throw new Error(read.error);
  expect(isSigned(read.value, verifyText)).toBe(true);
  expect(read.value).toMatchObject({ key: publicKey(), receipt: { instance: INSTANCE, tenant: TENANT, agents: '*', commands: ['ping', 'tail_log'], cameras: [], serial: 7, not_after: '2099-01-31T17:00:00.000Z', document_sha256: sha256Hex('the consent, page 1 of 1') } });
  writeFileSync(at('wrong'), 'incorrect horse\n', { mode: 0o600 });
  const wrong = await sign('no.json', '--passphrase-file', at('wrong'));
  expect([wrong.code, wrong.err.split('\n').at(-2)]).toEqual([2, 'argus-agent: The passphrase does not open this key, or the file was changed.']);
});

test('sign: operators named by passkey are in the receipt, and read back with the pages they count for', async () => {
  const passkey = { kind: 'passkey', ...freshSoftKey().key, rp_id: 'argus.example', origins: ['https://argus.example'] };
  const other = { kind: 'ed25519', public_key: publicKey() };
  writeFileSync(at('ana.passkey.json'), JSON.stringify(passkey));
  writeFileSync(at('operators.json'), JSON.stringify([other]));
  const signed = await sign('by-passkey.json', '--operator-keys', at('operators.json'), '--operator-passkey', at('ana.passkey.json'));
  expect([signed.code, signed.err.includes('of argus.example, used at https://argus.example')]).toEqual([0, true]);
  expect(readReceipt(readFileSync(at('by-passkey.json'), 'utf8'))).toMatchObject({ ok: true, value: { receipt: { operator_keys: [other, passkey] } } });
  for (const broken of [{ ...passkey, public_key: passkey.public_key.slice(0, -4) }, { ...passkey, alg: 'RS256' }, other, { ...passkey, origins: ['https://evil.test'] }]) {
    writeFileSync(at('broken.json'), JSON.stringify(broken));
    expect((await sign('never.json', '--operator-passkey', at('broken.json'))).err).toContain('holds no passkey');
  }
});

test.each<[string, readonly string[], string]>([
  ['without its end', ['--not-after', 'tomorrow'], '--not-after is a time with its zone'],
  ['a machine that is none', ['--agents', 'lobby'], 'agents'],
  ['that ends before it begins', ['--not-before', '2099-02-01T00:00:00Z'], 'ends before it begins'],
  ['with no serial', ['--serial', '0'], '--serial is a whole number'],
])('sign: %s, nothing is signed', async (_what, more, says) => {
  const { code, err } = await sign('never.json', ...more);
  expect(code).toBe(2);
  expect(err).toContain(says);
});

test('results keygen, and a consent that has results kept: what is signed is read back, and opens with the passphrase alone', async () => {
  const key = await argus('results', 'keygen', '--out', at('results.key'), '--passphrase-file', at('passphrase'));
  const publicText = readFileSync(at('results.key.pub'), 'utf8');
  const of = readResultsPublicKey(publicText) ?? expect.fail('no key');
  expect([key.code, key.err, key.out.includes(`Fingerprint ${keyFingerprint(of)}`), statSync(at('results.key')).mode & 0o777]).toEqual([0, '', true, 0o600]);
  expect(openResultsKey(readFileSync(at('results.key'), 'utf8'), readFileSync(at('passphrase'), 'utf8').trim())?.publicKeyText).toBe(of);
  const signed = await sign('keeping.json', '--keep-results', at('results.key.pub'), '--keep-days', '90');
  expect([signed.code, signed.err.includes(`results   kept for 90 days, sealed to your key ${keyFingerprint(of)}`)]).toEqual([0, true]);
  expect(readReceipt(readFileSync(at('keeping.json'), 'utf8'))).toMatchObject({ ok: true, value: { receipt: { keep_results: { key: of, days: 90 } } } });
  const again = await argus('results', 'keygen', '--out', at('results.key'), '--passphrase-file', at('passphrase'));
  expect([again.code, again.err]).toEqual([2, expect.stringContaining('nothing is written over')]);
});

test.each<[string, () => readonly string[], string]>([
  ['without the days', () => ['--keep-results', at('results.key.pub')], '--keep-days is missing'],
  ['without the key', () => ['--keep-days', '90'], '--keep-results is missing'],
  ['for no days', () => ['--keep-results', at('results.key.pub'), '--keep-days', '0'], 'keep_results.days'],
  ['for ever', () => ['--keep-results', at('results.key.pub'), '--keep-days', 'ever'], 'keep_results.days'],
  ['to a key that signs', () => ['--keep-results', at('consent.key.pub'), '--keep-days', '90'], 'is no results key'],
])('sign: results kept %s, nothing is signed', async (_what, more, says) => {
  const { code, err } = await sign('never.json', ...more());
  expect([code, err]).toEqual([2, expect.stringContaining(says)]);
});

/** The daemon looks at the file as well, and may have ended the session before it is asked. */
test('a session that the file had ended before the daemon was asked is said to have ended, and none is where none was', async () => {
  const state = enrolled();
  const here = (...words: string[]) => argus('consent', ...words, '--state', state);
  await here('pin', at('consent.key.pub'));
  const run = join(state, 'run');
  await claimRunDir(run);
  const close = await listenIn(run, 'owner', askingServer({ consent: () => ({ ended: null }) }));
  expect((await here('revoke')).out).toContain('No session was live.');
  writeFileSync(join(state, 'status.json'), JSON.stringify({ remote_support: 'live', session: SESSION }));
  expect((await here('revoke')).out).toContain(`The session ${SESSION} was ended.`);
  close();
  expect((await here('revoke')).out).toContain('No session was live.'); // what a daemon that is gone has left is nobody's session
});

test('pin, show, revoke: on a machine whose daemon does not run', async () => {
  const state = enrolled();
  const here = (...args: string[]) => argus('consent', ...args, '--state', state);
  expect((await here('revoke')).err).toContain('No consent key is pinned here');
  expect((await here('show')).out).toContain('No consent key is pinned on this machine');
  expect((await here('pin', at('consent.key.pub'))).out).toContain(`Pinned ${keyFingerprint(publicKey())}.`);
  expect((await here('show')).out).toBe(`Pinned: ${keyFingerprint(publicKey())}\nNo receipt was seen yet.\n`);
  await sign('eight.json', '--serial', '8');
  expect((await here('show', at('eight.json'))).out).toContain('This machine takes it.');
  expect((await here('revoke', '--serial', '8')).out).toBe('Revoked. Receipts up to serial 8 are void on this machine; one that is signed from now on has a higher serial.\nNo session was live.\n');
  expect((await here('show', at('eight.json'))).out).toContain('This machine does not take it: the receipt was revoked on this machine.');
  await sign('now.json');
  expect((await here('show', at('now.json'))).out).toContain('This machine takes it.');
  expect((await here('revoke')).code).toBe(0);
  expect((await here('show', at('now.json'))).out).toContain('revoked on this machine'); // though it was never shown to the machine
  const exported = TrustFile.parse(JSON.parse((await argus('trust', 'export', '--state', state)).out));
  expect(exported).toMatchObject({ agent: AGENT, consent_key: publicKey(), highest_consent_serial: 0 });
});

test('another key is pinned only when that is said, and what is no key is not pinned', async () => {
  const state = enrolled();
  const here = (...args: string[]) => argus('consent', ...args, '--state', state);
  await here('pin', at('consent.key')); // the sealed file does as well
  await argus('consent', 'keygen', '--out', at('other.key'), '--passphrase-file', at('passphrase'));
  const other = await here('pin', at('other.key.pub'));
  expect([other.code, other.err.includes(`the fingerprint ${keyFingerprint(publicKey())}`), pinnedConsent(openStateDir(state)).state().key]).toEqual([2, true, publicKey()]);
  expect((await here('pin', at('other.key.pub'), '--replace')).code).toBe(0);
  expect(pinnedConsent(openStateDir(state)).state().key).not.toBe(publicKey());
  expect((await here('pin', at('contract.pdf'))).err).toContain('is no consent key');
});

test('a key that others can read signs nothing', async () => {
  writeFileSync(at('open.key'), readFileSync(at('consent.key')), { mode: 0o600 });
  chmodSync(at('open.key'), 0o644);
  expect((await sign('open.json', '--key', at('open.key'))).err).toContain('Others on this machine can read the consent key');
});
