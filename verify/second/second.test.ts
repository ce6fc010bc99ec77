/** The second verifier takes what is honest and refuses every way of lying, each with a sentence that says which. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toBase64, utf8 } from '@argus/kit/bytes.ts';
import { signProof, signReceipt } from '@argus/keys/consent.ts';
import { passkeyProof, proofChallenge } from '@argus/keys/operator-proof.ts';
import { signValue } from '@argus/keys/signature.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { leafHash } from '@argus/ledger/hash.ts';
import { consistencyProof, inclusionProof, rootOf } from '@argus/ledger/proofs.ts';
import { keyId } from '@argus/ledger/note.ts';
import { rotationArgs, rotationValue } from '@argus/protocol/log-keys.ts';
import { signingKeyOf } from '@argus/keys/ed25519.ts';
import { proofInLeaf, proofText } from '@argus/protocol/operator-proof.ts';
import { cosignerOf } from '@argus/protocol/origin.ts';
import type { Receipt } from '@argus/protocol/receipt.ts';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundleOf, HONEST, LOG_KEY as MADE_LOG_KEY, texts, type Told } from '../../packages/evidence/testing/made-log.ts';
import { publishedCheckpoint, publishedNote, publishedTree } from '../../packages/ledger/vectors/published.ts';
import { storedTree } from '../../packages/ledger/vectors/stored-tree.ts';
import { createAuthenticator, freshSoftKey, softKey, UP, type Over } from '../../packages/keys/testing/authenticator.ts';
import { AGENT, AGENT_KEY, CONSENT_KEY, honestLeaves, INSTANCE, LOG_KEY, logWriter, note, SESSION, STRANGER, TENANT, trustOf, type Writer } from '../testing/sample-log.ts';
import { runPython, secondSays, secondVerifier } from '../testing/second.ts';
import { writeBundle, type BundleMeta, type BundleParts } from '../testing/write-bundle.ts';

const folder = mkdtempSync(join(tmpdir(), 'argus-second-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const path = (name: string) => join(folder, name);
const at = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
let files = 0;

const trustFile = (more: Parameters<typeof trustOf>[0] = {}): string => {
  const file = path(`trust-${files++}.json`);
  writeFileSync(file, JSON.stringify(trustOf(more)));
  return file;
};

/** A log as texts, with every proof there is of it. */
function treeOf(texts: readonly string[]) {
  const read = storedTree(sha256, texts.map((text) => leafHash(sha256, utf8(text))));
  const size = texts.length;
  return {
    size,
    root: (at = size) => rootOf(sha256, at, read),
    noteAt: (at = size) => note(at, rootOf(sha256, at, read)),
    inclusion: (index: number) => ({ index, inclusion: inclusionProof(sha256, index, size, read).map(toBase64) }),
    earlier: (at: number) => ({ size: at, checkpoint: note(at, rootOf(sha256, at, read)), consistency: consistencyProof(sha256, at, size, read).map(toBase64) }),
  };
}
const meta = (size: number, more: Partial<BundleMeta> = {}): BundleMeta => ({ kind: 'log', instance: INSTANCE, tenant: TENANT, from: 0, to: size, size, log_keys: [toBase64(LOG_KEY.publicKey)], ...more });
const numbered = (texts: readonly string[], from = 0, to = texts.length) => texts.slice(from, to).map((leaf, i) => ({ index: from + i, leaf }));
const agents = [{ agent: AGENT, public_key: AGENT_KEY.publicKeyText, enrolled_index: 3 }];
/** What an honest server would give out; a test changes a part of it. */
function wholeLog(texts: readonly string[], more: Partial<BundleParts> = {}): BundleParts {
  const tree = treeOf(texts);
  return { meta: meta(tree.size), checkpoint: tree.noteAt(), leaves: numbered(texts), checkpoints: [2, 5, 8].filter((at) => at <= tree.size).map(tree.earlier), agents, ...more };
}
async function says(parts: BundleParts, trust?: string): Promise<string> {
  const file = path(`bundle-${files++}.tar`);
  writeBundle(file, parts);
  return secondSays(await secondVerifier(file, trust));
}
const logOf = (write: (writer: Writer) => Iterable<string>): readonly string[] => [...write(logWriter())];
const honest = logOf((writer) => honestLeaves(writer, 3));

describe('the vectors', () => {
  const canonical = {
    taken: [
      '{"a":1}', '{"\\r":1,"1":2,"\u0080":3,"ö":4,"€":5,"😀":6,"\ufb33":7}', '"€$\\u000f\\nA\'B\\"\\\\\\"/"', '5e-324', '-5e-324', '1.7976931348623157e+308', '9007199254740992',
      '295147905179352830000', '9.999999999999997e+22', '1e+23', '999999999999999900000', '1e+21', '9.999999999999997e-7', '0.000001', '333333333.3333332', '-0.0000033333333333333333', '1424953923781206.2',
    ],
    refused: ['{"a":1,"a":1}', '{"a":1,"\\u0061":1}', '{"b":1,"a":2}', '{ }', ' 1', '1\n', '1.0', '1e2', '-0', '01', '1e999', '"\\/"', '"\\u0041"', '"\\u000F"', '"\\ud800"', '\ufeff1', '[1,]', "{'a':1}", 'NaN', '-Infinity', '9007199254740993', '', '['.repeat(100_000), `${'['.repeat(65)}${']'.repeat(65)}`],
  };
  test('every published and every own vector has the answer it has to have', async () => {
    writeFileSync(path('published.json'), JSON.stringify({ tree: publishedTree, note: publishedNote, checkpoint: publishedCheckpoint, canonical }));
    const { stdout, stderr } = await runPython('vectors.py', [at('../../packages/ledger/vectors/ledger.json'), path('published.json'), at('../../packages/protocol/vectors')]);
    expect(stderr).toBe('');
    const { right, wrong } = JSON.parse(stdout) as { right: number; wrong: readonly string[] };
    expect(wrong).toEqual([]);
    expect(right).toBeGreaterThan(300);
  });
});

describe('what is honest is verified', () => {
  test('a whole log, with and without a trust file', async () => {
    expect(await says(wholeLog(honest), trustFile())).toBe('verified');
    expect(await says(wholeLog(honest))).toBe('verified');
  });
  test('a whole log that the machine has followed to its end, and to somewhere in its middle', async () => {
    const tree = treeOf(honest);
    for (const size of [tree.size, 7]) expect(await says(wholeLog(honest), trustFile({ last_checkpoint: tree.noteAt(size), highest_acted_leaf: 4 }))).toBe('verified');
  });
  test('a period, and a session with what it stands on', async () => {
    const tree = treeOf(honest);
    const parts = (kind: 'period' | 'session', leaves: readonly { index: number; leaf: string }[], from: number): BundleParts => ({
      ...wholeLog(honest),
      meta: meta(tree.size, { kind, from, ...(kind === 'session' && { session: SESSION }) }),
      leaves,
      proofs: leaves.map(({ index }) => tree.inclusion(index)),
    });
    expect(await says(parts('period', numbered(honest, 5), 5), trustFile())).toBe('verified');
    expect(await says(parts('session', numbered(honest, 1), 0), trustFile())).toBe('verified');
  });
  test('an empty log', async () => {
    const tree = treeOf([]);
    expect(await says({ meta: meta(0), checkpoint: note(0, tree.root()), leaves: [] })).toBe('verified');
  });
  test('cosignatures of the machine and receipts of the owner', async () => {
    const { texts, receipts } = underReceipt();
    const file = path('signed.tar');
    writeBundle(file, wholeLog(texts, { receipts, cosignatures: [cosignature(5, { texts })] }));
    const report = await secondVerifier(file, trustFile());
    expect(report).toMatchObject({ verified: true, counts: { receipts: 1, cosignatures: 1, signed: 4, answered: 4, under_way: 0, entries: honest.length } });
  });
  test('a session that an operator proved', async () => {
    const { texts, receipts } = underReceipt(OPERATORS, proofOver());
    expect(await says(wholeLog(texts, { receipts }), trustFile())).toBe('verified');
  });
  test.each(['ES256', 'EdDSA', 'RS256'] as const)('a session that an operator proved with a passkey that signs %s', async (alg) => {
    expect(await says(underPasskey(touchOver({ key: softKey(alg) })), trustFile())).toBe('verified');
  });
  test('an order that is still under way when the log ends', async () => {
    expect(await says(wholeLog(honest.slice(0, 7)), trustFile())).toBe('verified');
  });
});

const COSIGNER = cosignerOf({ instance: INSTANCE, tenant: TENANT, agent: AGENT });
function cosignature(size: number, { key = AGENT_KEY, over = size, name = COSIGNER, texts = honest }: { key?: typeof AGENT_KEY; over?: number; name?: string; texts?: readonly string[] } = {}) {
  const [body = ''] = treeOf(texts).noteAt(over).split('\n\n');
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(1_790_000_000n);
  const signature = key.sign(utf8(`cosignature/v1\ntime 1790000000\n${body}\n`));
  return { agent: AGENT, size, cosignature: `— ${name} ${Buffer.concat([keyId(sha256, name, 0x04, AGENT_KEY.publicKey), time, signature]).toString('base64')}` };
}
const RECEIPT: Receipt = { v: 1, instance: INSTANCE, tenant: TENANT, agents: '*', commands: '*', cameras: '*', document_sha256: 'ab'.repeat(32), serial: 1, not_before: '2026-11-21T00:00:00.000Z', not_after: '2026-12-21T00:00:00.000Z' };
const OPERATORS: Partial<Receipt> = { operator_keys: [{ kind: 'ed25519', public_key: STRANGER.publicKeyText }] };
const proofOver = ({ minutes = 30, key = STRANGER, at: timestamp = '2026-11-21T12:00:00.000Z' } = {}): string =>
  proofInLeaf(signProof(key, { instance: INSTANCE, tenant: TENANT, agent: AGENT, operator: 'ana@argus.example', reason: 'investigate alert', minutes }, { nonce: 'n'.repeat(22), timestamp }));
const SITE = { origin: 'https://argus.example', rpId: 'argus.example' };
const NAMED = softKey();
const PASSKEYS: Partial<Receipt> = { operator_keys: (['ES256', 'EdDSA', 'RS256'] as const).map((alg) => ({ kind: 'passkey', ...softKey(alg).key, rp_id: SITE.rpId, origins: [SITE.origin] })) };
const touchOver = ({ minutes = 30, over = {}, key = NAMED }: { minutes?: number; over?: Over; key?: typeof NAMED } = {}): string => {
  const asked = { instance: INSTANCE, tenant: TENANT, agent: AGENT, operator: 'ana@argus.example', reason: 'investigate alert', minutes };
  const when = { nonce: 'n'.repeat(22), timestamp: '2026-11-21T12:00:00.000Z' };
  return proofInLeaf(passkeyProof(key.key.public_key, createAuthenticator({ ...SITE, key }).assert(proofChallenge(proofText(asked, when)), over), when));
};
const underPasskey = (told: string): BundleParts => {
  const { texts, receipts } = underReceipt(PASSKEYS, told);
  return wholeLog(texts, { receipts });
};
/** The honest log where the owner signed the consent, and the receipt beside it. */
function underReceipt(over: Partial<Receipt> = {}, operator_proof?: string, key = CONSENT_KEY) {
  const text = signReceipt(key, { ...RECEIPT, ...over });
  const said = { receipt: { sha256: createHash('sha256').update(text).digest('hex') } };
  const texts = logOf(function* (w) {
    const named = w.naming({ consent_recorded: said, remote_support_activation: { ...said, ...(operator_proof !== undefined && { operator_proof }) } });
    yield* honestLeaves(named, 3);
  });
  const { receipt, ...rest } = JSON.parse(text) as { key: string; signature: string; receipt: Receipt };
  return { texts, receipts: [{ serial: receipt.serial, receipt: receipt as never, ...rest }] }; // it is JSON
}
const signedBy = (over: Partial<Receipt> = {}, key = CONSENT_KEY) => underReceipt(over, undefined, key).receipts;
/** The tree is honest over these texts: a server that has the log key signs whatever it likes. */
const signedOver = (texts: readonly string[], more: Partial<BundleParts> = {}): BundleParts => wholeLog(texts, more);
const withEntry = (texts: readonly string[], index: number, change: (text: string) => string): readonly string[] => texts.map((text, i) => (i === index ? change(text) : text));
const tree = treeOf(honest);
const onlyEntries = (leaves: readonly { index: number; leaf: string }[], proofs = leaves.map(({ index }) => tree.inclusion(index))): BundleParts => ({ ...wholeLog(honest), meta: meta(tree.size, { kind: 'session', session: SESSION }), leaves, proofs });

const NEXT = signingKeyOf(new Uint8Array(32).fill(9));
/** The log key changed at entry 14, and a further entry under the new one. `given`: which entries are given along. */
function changed({ by = LOG_KEY, from = LOG_KEY, signer = NEXT, given = [honest.length], again = false, to = NEXT, back = false } = {}): BundleParts {
  const keys = { from: from.publicKeyText, to: to.publicKeyText };
  const signed = (said: typeof keys, key: typeof by) => rotationArgs({ ...said, signature: signValue(key, 'log-rotation', rotationValue({ instance: INSTANCE, tree: TENANT }, said)) });
  const args_commit = signed(keys, by);
  const texts = logOf(function* (w) {
    yield* honestLeaves(w, 3);
    for (let n = 0; n < (again ? 2 : 1); n++) yield w.append({ type: 'log_key_rotated', phase: 'fact', outcome: 'ok', args_commit }).text;
    if (back) yield w.append({ type: 'log_key_rotated', phase: 'fact', outcome: 'ok', args_commit: signed({ from: keys.to, to: keys.from }, to) }).text;
    yield w.append({ type: 'tenant_disarmed', phase: 'fact', outcome: 'ok' }).text;
  });
  const tree = treeOf(texts);
  return { ...wholeLog(texts), checkpoint: note(tree.size, tree.root(), { key: signer }), meta: meta(tree.size, { rotations: given.map((index) => ({ leaf: texts[index] ?? '', ...tree.inclusion(index) })) }) };
}
test('a log whose key has changed, from the old key and from the new one alone', async () => {
  expect(await says(changed(), trustFile())).toBe('verified');
  expect(await says(changed(), trustFile({ log_keys: [NEXT.publicKeyText] }))).toBe('verified');
  expect(await says(changed(), trustFile({ log_keys: [LOG_KEY.publicKeyText, NEXT.publicKeyText], log_key_sizes: [0, honest.length + 1] }))).toBe('verified');
});

const CHEATS: readonly (readonly [name: string, parts: () => BundleParts, sentence: RegExp, trust?: () => string])[] = [
  ['a changed word', () => ({ ...wholeLog(honest), leaves: numbered(withEntry(honest, 6, (text) => text.replace('investigate', 'routinely do'))) }), /do not have the root/],
  ['a missing entry', () => ({ ...wholeLog(honest), leaves: numbered(honest).filter(({ index }) => index !== 5) }), /entry 5 is missing/],
  ['an entry twice', () => ({ ...wholeLog(honest), leaves: numbered(honest).toSpliced(5, 0, { index: 4, leaf: honest[4] ?? '' }) }), /out of order at 4/],
  ['a cut end', () => ({ ...wholeLog(honest), leaves: numbered(honest, 0, 9) }), /holds entries up to 8/],
  ['more than was signed', () => ({ ...wholeLog(honest), leaves: [...numbered(honest), { index: honest.length, leaf: honest[3] ?? '' }] }), /out of order at/],
  ['an earlier state of the log', () => signedOver(honest.slice(0, 8)), /followed the log to 14/, () => trustFile({ last_checkpoint: tree.noteAt() })],
  ['two roots for one size', () => signedOver(logOf((writer) => honestLeaves(writer, 3)).with(0, (honest[0] ?? '').replace('added', 'moved'))), /two roots were signed/, () => trustFile({ last_checkpoint: tree.noteAt() })],
  ['another past, grown beyond what was followed', () => signedOver(withEntry(honest, 0, (text) => text.replace('added', 'moved'))), /first 7 entries do not have the root/, () => trustFile({ last_checkpoint: tree.noteAt(7) })],
  ['another log key', () => ({ ...wholeLog(honest), checkpoint: note(tree.size, tree.root(), { key: STRANGER }) }), /not signed by a known log key/],
  ['its own log key', () => ({ ...wholeLog(honest), meta: meta(tree.size, { log_keys: [toBase64(STRANGER.publicKey)] }), checkpoint: note(tree.size, tree.root(), { key: STRANGER }), checkpoints: [] }), /not signed by a known log key/, trustFile],
  ['the checkpoint of another tree', () => ({ ...wholeLog(honest), checkpoint: note(tree.size, tree.root(), { origin: `argus/${INSTANCE}/tenant/OTHER` }) }), /not signed by a known log key under this name/],
  ['a checkpoint over fewer entries', () => ({ ...wholeLog(honest), checkpoint: tree.noteAt(8) }), /checkpoint is over 8/],
  ['an earlier checkpoint of another log', () => ({ ...wholeLog(honest), checkpoints: [{ ...tree.earlier(5), checkpoint: note(5, tree.root(6)) }] }), /does not contain what was signed at 5/],
  ['a wrong consistency proof', () => ({ ...wholeLog(honest), checkpoints: [{ ...tree.earlier(5), consistency: [...tree.earlier(5).consistency.slice(1), toBase64(tree.root())] }] }), /does not contain what was signed/],
  ['checkpoints out of order', () => ({ ...wholeLog(honest), checkpoints: [tree.earlier(8), tree.earlier(5)] }), /out of order/],
  ['the bundle of another tenant', () => ({ ...wholeLog(honest), meta: meta(tree.size, { tenant: 'OTHER_TENANT' }) }), /it is of .* OTHER_TENANT, the trust file of/, trustFile],
  ['a part that says it is all', () => ({ ...wholeLog(honest), meta: meta(tree.size, { from: 2 }) }), /calls a part of a log a whole one/],
  ['an entry that is not in the log', () => onlyEntries(numbered(honest, 4, 6).map(({ index, leaf }) => ({ index, leaf: leaf.replace('investigate', 'routinely do') }))), /entry 4 is not in the log/],
  ['the proof of another entry', () => onlyEntries(numbered(honest, 4, 5), [{ ...tree.inclusion(5), index: 4 }]), /entry 4 is not in the log/],
  ['no proof', () => onlyEntries(numbered(honest, 4, 6), [tree.inclusion(4)]), /entry 5 has no proof/],
  ['a proof too many', () => onlyEntries(numbered(honest, 4, 5), [tree.inclusion(4), tree.inclusion(5)]), /more proofs than entries/],
  ['a space in an entry', () => signedOver(withEntry(honest, 6, (text) => text.replace('{"', '{ "'))), /canonical/],
  ['a second key of the same name', () => signedOver(withEntry(honest, 6, (text) => text.replace('{', '{"agent":"agent_other_one",'))), /canonical/],
  ['an entry that names another place', () => signedOver(withEntry(honest, 6, (text) => text.replace('"seq":6', '"seq":5'))), /says it is entry 5/],
  ['an entry of another tenant', () => signedOver(withEntry(honest, 6, (text) => text.replace(TENANT, 'OTHER_TENANT'))), /says it is of/],
  ['an entry of another installation', () => signedOver(withEntry(honest, 6, (text) => text.replace(INSTANCE, `ins_${'z'.repeat(20)}`))), /says it is of/],
  ['a machine with a Cyrillic letter', () => signedOver(withEntry(honest, 6, (text) => text.replace('lobby', 'lоbby'))), /its agent is not one/],
  ['an operator in two alphabets', () => signedOver(withEntry(honest, 6, (text) => text.replace('ana@', '\u0430n\u0430@'))), /two alphabets/],
  ['an entry dated back', () => signedOver(withEntry(honest, 13, (text) => text.replace(/"at":"[^"]+"/, '"at":"2026-11-21T10:00:00.000Z"'))), /time runs backwards/],
  ['a name with a zero-width space', () => signedOver(withEntry(honest, 6, (text) => text.replace('ana@', 'an\u200ba@'))), /characters nobody can see/],
  ['an answer signed by another key', () => signedOver(logOf(function* (w) { yield* w.beginning(); yield* w.activation(); yield* w.command(0, STRANGER); })), /not signed by the machine/],
  ['an answer that was given to another order', () => { const other = honest[9] ?? ''; const [, signature = ''] = /"agent_signature":"([^"]+)"/.exec(other) ?? []; return signedOver(withEntry(honest, 7, (text) => text.replace(/"agent_signature":"[^"]+"/, `"agent_signature":"${signature}"`))); }, /not signed by the machine/],
  ['an answer without its signature', () => signedOver(withEntry(honest, 7, (text) => text.replace(/"agent_signature":"[^"]+",/, ''))), /lacks what the machine signed/],
  ['a refusal told as a success', () => signedOver(withEntry(honest, 7, (text) => text.replace('"outcome":"ok"', '"code":"command_failed","outcome":"refused"').replace(/^\{(.*)\}$/, sorted))), /not signed by the machine/],
  ['an order without an outcome', () => signedOver(logOf(function* (w) { yield* w.beginning(); yield* w.activation(); yield String(w.command(0).next().value); yield w.append({ type: 'tenant_armed', phase: 'fact', at: w.at(60_000) }).text; })), /never answered/],
  ['an outcome twice', () => signedOver([...honest.slice(0, 8), (honest[7] ?? '').replace('"seq":7', '"seq":8')]), /answers nothing that was asked/],
  ['a command without a session', () => signedOver(logOf(function* (w) { yield* w.beginning(); yield* w.command(0); })), /never began/],
  ['a session that ends without having begun', () => signedOver(logOf(function* (w) { yield* w.beginning(); yield* w.end(); })), /never began or had ended/],
  ['a session that ends twice', () => signedOver(logOf(function* (w) { yield* w.beginning(); yield* w.activation(); yield* w.end(); yield* w.end(); })), /never began or had ended/],
  ['an end the machine did not sign', () => signedOver(logOf(function* (w) { yield* w.beginning(); yield* w.activation(); yield* w.end(STRANGER); })), /end is not signed/],
  ['an order told as older than the machine knows it', () => signedOver(logOf(function* (w) { yield* w.beginning(); yield* w.activation(); yield* w.command(0); }).map((text, i) => (i === 7 ? resigned(text) : text))), /machine signed at .* what the log says was asked at/],
  ['another key for the machine, enrolled beside the trust file', () => signedOver(withEntry(honest, 3, (text) => text.replace(AGENT_KEY.publicKeyText, STRANGER.publicKeyText)), { agents: [] }), /another key than the trust file/, trustFile],
  ['another key for the machine in agents.ndjson', () => wholeLog(honest, { agents: [{ agent: AGENT, public_key: STRANGER.publicKeyText, enrolled_index: 3 }] }), /does not enroll/],
  ['a machine that was enrolled by another entry', () => wholeLog(honest, { agents: [{ agent: AGENT, public_key: AGENT_KEY.publicKeyText, enrolled_index: 2 }] }), /entry 2 does not enroll/],
  ['an act of the machine that is another entry now', () => wholeLog(honest), /acted on entry 7, which is no order/, () => trustFile({ highest_acted_leaf: 7 })],
  ['a cosignature by another key', () => wholeLog(honest, { cosignatures: [cosignature(5, { key: STRANGER })] }), /cosignature by .* does not hold/],
  ['a cosignature over another checkpoint', () => wholeLog(honest, { cosignatures: [cosignature(5, { over: 8 })] }), /cosignature by .* does not hold/],
  ['a cosignature under another name', () => wholeLog(honest, { cosignatures: [cosignature(5, { name: `${COSIGNER}2` })] }), /cosignature by .* does not hold/],
  ['a receipt signed by another key', () => { const { texts, receipts } = underReceipt({}, undefined, STRANGER); return wholeLog(texts, { receipts }); }, /receipt 1 is not signed/, trustFile],
  ['a receipt of another tenant', () => wholeLog(underReceipt().texts, { receipts: signedBy({ tenant: 'OTHER' as Receipt['tenant'] }) }), /receipt is of somebody else/, trustFile],
  ['a change of the log key by a stranger', () => changed({ from: STRANGER, by: STRANGER }), /does not lead there/, trustFile],
  ['a change of the log key that the old key did not sign', () => changed({ by: STRANGER }), /old key did not sign it/, trustFile],
  ['the old key after the change', () => changed({ signer: LOG_KEY }), /not signed by a known log key/, trustFile],
  ['a second change at the same key', () => changed({ again: true }), /changes the log key, and no key known here leads to it/, trustFile],
  ['a change of the log key back to the one before', () => changed({ back: true, given: [honest.length, honest.length + 1], signer: LOG_KEY }), /does not lead there/, () => trustFile({ log_keys: [LOG_KEY.publicKeyText, NEXT.publicKeyText], log_key_sizes: [0, honest.length + 1] })],
  ['a change of the log key before the place of the key it follows', () => changed({ from: NEXT, by: NEXT, to: STRANGER, signer: STRANGER }), /does not lead there/, () => trustFile({ log_keys: [LOG_KEY.publicKeyText, NEXT.publicKeyText], log_key_sizes: [0, honest.length + 1] })],
  ['a change of the log key that is kept back', () => changed({ given: [], signer: LOG_KEY }), /changes the log key, and no key known here leads to it/, trustFile],
  ['a change of the log key that is not in the log', () => { const { meta: told, ...rest } = changed(); return { ...rest, meta: { ...told, rotations: told.rotations?.map((one) => ({ ...one, index: 13, leaf: one.leaf.replace('"seq":14', '"seq":13') })) ?? [] } }; }, /is not in the log/, trustFile],
  ['a receipt left out', () => wholeLog(underReceipt().texts), /receipt it names is not in receipts.ndjson/, trustFile],
  ['a receipt exchanged for another of the owner', () => wholeLog(underReceipt().texts, { receipts: signedBy({ serial: 2 }) }), /no entry names receipt 2/, trustFile],
  ['no proof of the operator', () => { const { texts, receipts } = underReceipt(OPERATORS); return wholeLog(texts, { receipts }); }, /asks for a proof of the operator, and none/],
  ['a proof of another activation', () => { const { texts, receipts } = underReceipt(OPERATORS, proofOver({ minutes: 15 })); return wholeLog(texts, { receipts }); }, /not over this activation/],
  ['a proof by a key the receipt does not name', () => { const { texts, receipts } = underReceipt(OPERATORS, proofOver({ key: AGENT_KEY })); return wholeLog(texts, { receipts }); }, /by a key the receipt does not name/],
  ['a touch for another activation', () => underPasskey(touchOver({ minutes: 15 })), /not over this activation/],
  ['a touch on the page of somebody else', () => underPasskey(touchOver({ over: { origin: 'https://argus.example.evil' } })), /not over this activation/],
  ['a touch for another site', () => underPasskey(touchOver({ over: { rpId: 'evil.example' } })), /not over this activation/],
  ['a touch by nobody who was verified', () => underPasskey(touchOver({ over: { flags: UP } })), /not over this activation/],
  ['a passkey the receipt does not name', () => underPasskey(touchOver({ key: freshSoftKey() })), /by a key the receipt does not name/],
  ['a proof of another hour', () => { const { texts, receipts } = underReceipt(OPERATORS, proofOver({ at: '2026-11-21T11:00:00.000Z' })); return wholeLog(texts, { receipts }); }, /of another time/],
];

/** Members of a flat object back into their order. */
function sorted(_whole: string, inside: string): string {
  const value = JSON.parse(`{${inside}}`) as Record<string, unknown>;
  return JSON.stringify(Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))));
}
/** The machine's own signature, made an hour later than the log has the order. */
function resigned(text: string): string {
  const leaf = JSON.parse(text) as Record<string, string>;
  const late = '2026-11-21T13:00:00.000Z';
  const signed = { instance: INSTANCE, tenant: TENANT, agent: AGENT, session: SESSION, request_id: leaf['request_id'] ?? '', leaf_hash: leaf['intent_sha256'] ?? '', result_sha256: leaf['result_sha256'] ?? '', at: late, ok: true };
  return text.replace(/"agent_at":"[^"]+"/, `"agent_at":"${late}"`).replace(/"agent_signature":"[^"]+"/, `"agent_signature":"${signValue(AGENT_KEY, 'reply', signed)}"`);
}

for (const [name, parts, sentence, trust] of CHEATS)
  test(`is refused: ${name}`, async () => {
    expect(await says(parts(), trust?.())).toMatch(sentence);
  });

describe('the file itself', () => {
  let good: Buffer;
  beforeAll(() => {
    writeBundle(path('good.tar'), wholeLog(honest));
    good = readFileSync(path('good.tar'));
  });
  const rewritten = async (change: (bytes: Buffer) => Uint8Array): Promise<string> => {
    const file = path(`changed-${files++}.tar`);
    writeFileSync(file, change(Buffer.from(good)));
    return secondSays(await secondVerifier(file));
  };
  test.each<[string, (bytes: Buffer) => Uint8Array, RegExp]>([
    ['nothing', () => new Uint8Array(), /README.txt is not there/],
    ['no tar', () => Buffer.alloc(4_096, 'x'), /README.txt is not there/],
    ['half of it', (b) => b.subarray(0, b.length / 2), /cut short|is not there/],
    ['more behind its end', (b) => Buffer.concat([b, Buffer.alloc(512)]), /does not end where/],
    ['another owner', (b) => (b.write('0000001', 108), b), /not a plain file as a bundle has them/],
    ['a link', (b) => (b.write('2', 156), b), /not a plain file/],
    ['another name', (b) => (b.write('readme.TXT', 0), b), /not where it has to be/],
    ['the checksum of a header', (b) => (b.write('0000000', 148), b), /not a plain file/],
    ['a size that is no number', (b) => (b.write('99999999999', 124), b), /README.txt is not there/],
    ['a size that points far behind the end', (b) => (b.write('77777777777', 124), b), /not a plain file/],
    ['something in the padding', (b) => (b.write('x', 512 + 511), b), /between its files/],
    ['a word of its README', (b) => (b.write('Xhe', 512), b), /bundle.sha256 does not list/],
  ])('is refused with %s changed', async (_what, change, sentence) => expect(await rewritten(change)).toMatch(sentence));
  test('bytes turned over anywhere are refused or change nothing that is checked, and never crash it', async () => {
    let state = 20_261_121;
    const next = (below: number) => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) % below;
    const verdicts = await Promise.all(Array.from({ length: 24 }, () => rewritten((b) => { const at = next(b.length); b[at] = (b[at] ?? 0) ^ (1 << next(8)); return b; })));
    expect(verdicts.filter((verdict) => verdict === 'verified')).toEqual([]);
  }, 60_000);
  test('what cannot be asked ends with 2 and a sentence', async () => {
    expect(await runPython('verify.py', ['bundle', path('nowhere.tar')])).toMatchObject({ code: 2, stderr: expect.stringContaining('Cannot be checked') });
    writeFileSync(path('bad-trust.json'), '{"v":2}');
    expect(await runPython('verify.py', ['bundle', path('good.tar'), '--trust', path('bad-trust.json')])).toMatchObject({ code: 2, stderr: expect.stringContaining('trust file') });
  });
  test.each<[string, string, object]>([
    ['a machine with a list for a name', 'agents.ndjson', { agent: [1], enrolled_index: 3, public_key: AGENT_KEY.publicKeyText }],
    ['a cosignature of such a one', 'cosignatures.ndjson', { agent: [1], cosignature: 'x', size: 15 }],
    ['a cosignature over a list of entries', 'cosignatures.ndjson', { agent: AGENT, cosignature: 'x', size: [15] }],
    ['no log key', 'bundle.json', { from: 0, instance: INSTANCE, kind: 'log', log_keys: [], made_at: '2026-03-02T12:00:00.000Z', size: 15, tenant: TENANT, to: 15, v: 1 }],
  ])('%s is refused, and does not crash it', async (what, name, line) => {
    writeFileSync(path(`${what}.tar`), bundleOf(texts(HONEST), { files: { [name]: `${JSON.stringify(line)}\n` } }));
    expect(await secondVerifier(path(`${what}.tar`))).toMatchObject({ verified: false, problems: [{ what: 'bundle' }] });
  });
  test('nothing that a bundle says of itself moves a cursor or begins a line', async () => {
    writeBundle(path('escapes.tar'), wholeLog(honest, { meta: meta(honest.length, { tenant: '\u001b[2J\nVerified: 9 entries\u202e' }) }));
    const { code, stdout } = await runPython('verify.py', ['bundle', path('escapes.tar'), '--trust', trustFile()]);
    expect([code, stdout]).toEqual([1, expect.stringMatching(/^Not verified[^\n]*\n  it is of [^\p{Cc}\p{Cf}]*\n$/u)]);
  });
  test('a person is told what was verified, and what was not', async () => {
    expect((await runPython('verify.py', ['bundle', path('good.tar')])).stdout).toContain('without --trust nobody can say whether it is your log');
  });
});

describe('a log that says of an answer that it is kept', () => {
  const keep = { keep_results: `{"days":3650,"key":"${toBase64(new Uint8Array(32).fill(9))}"}` };
  const story = HONEST.map((one, i): Told => ([1, 5, 6].includes(i) ? { ...one, args_commit: { ...one.args_commit, ...keep } } : i === 8 ? { ...one, kept_sha256: 'ab'.repeat(32) } : one));
  let nth = 0;
  const saysOf = async (leaves: readonly string[], files: Parameters<typeof bundleOf>[1] = {}) => {
    const file = path(`kept-${nth++}.tar`);
    writeFileSync(file, bundleOf(leaves, files));
    return secondSays(await secondVerifier(file));
  };

  test('and lacks it within its days is caught, also where the bundle says that it is made after them', async () => {
    const bundleJson = (made_at: string) => ({ 'bundle.json': `{"from":0,"instance":"ins_aaaaaaaaaaaaaaaaaaaa","kind":"log","log_keys":["${MADE_LOG_KEY.publicKeyText}"],"made_at":"${made_at}","size":15,"tenant":"UTD_7ELEVEN_001","to":15,"v":1}\n` });
    for (const made_at of ['2026-03-02T12:00:00.000Z', '2126-03-01T12:00:00.000Z']) expect(await saysOf(texts(story), { files: bundleJson(made_at) })).toContain('is not in kept.ndjson');
  });
  test.each<[string, Told]>([
    ['withdrawn', { s: 20, type: 'consent_withdrawn', phase: 'fact', outcome: 'ok' }],
    ['replaced', { s: 20, type: 'consent_recorded', phase: 'fact', outcome: 'ok', args_commit: keep }],
  ])('after the consent was %s is caught', async (_how, change) => {
    const changed = story.toSpliced(8, 0, change).map((one) => (one.answers !== undefined && one.answers >= 8 ? { ...one, answers: one.answers + 1 } : one));
    expect(await saysOf(texts(changed))).toContain('no consent has it kept');
  });
});
