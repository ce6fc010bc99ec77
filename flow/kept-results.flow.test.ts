/**
 * Results are kept as the tenant's consent says, and no further: sealed by the machine to the key of that consent, in the
 * bundle of the session, and opened by the tenant alone. Without a word in the consent there are digests.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromUtf8, toBase64, utf8 } from '@argus/kit/bytes.ts';
import { canonicalJson, type Json } from '@argus/kit/canonical-json.ts';
import { isoTime, settle } from '@argus/kit/clock.ts';
import type { Result } from '@argus/kit/result.ts';
import { bytesSource } from '@argus/evidence/bundle-source.ts';
import { checkBundle } from '@argus/evidence/check-bundle.ts';
import type { KeptToOpen } from '@argus/evidence/rules/kept.ts';
import { newSha256 } from '@argus/evidence/sha256.ts';
import { signingKeyOf, verifyEd25519 } from '@argus/keys/ed25519.ts';
import { sha256, sha256Hex } from '@argus/keys/hash.ts';
import { keptReply, openResult, resultsKeyOf, type ResultsKey } from '@argus/keys/kept-result.ts';
import { BUNDLE_FILES, BUNDLE_NOT_SIGNED, KEPT_PART_BYTES, type BundleFileName } from '@argus/protocol/bundle.ts';
import type { Denial } from '@argus/protocol/errors.ts';
import type { KeptOf, KeptReply } from '@argus/protocol/kept.ts';
import { TrustFile } from '@argus/protocol/trust.ts';
import { tarOf } from '@argus/protocol/ustar.ts';
import { afterAll, expect, test } from 'vitest';
import { CONSENT_KEY } from '../apps/agent/testing/memory-consent.ts';
import type { AgentReply } from '../apps/ops-api/src/agents/reply.ts';
import { filesOf } from '../apps/ops-api/test/evidence.ts';
import { secondSays, secondVerifier } from '../verify/testing/second.ts';
import { readyWorld } from './ready-world.ts';
import { signedFor } from './receipts.ts';
import { AGENT, DOCUMENT, START, TENANT, type WorldOptions } from './world.ts';

const [MINE, OTHERS] = [resultsKeyOf(new Uint8Array(32).fill(5)), resultsKeyOf(new Uint8Array(32).fill(6))];
const KEEP = { key: MINE.publicKeyText, days: 30 };
const folder = mkdtempSync(join(tmpdir(), 'argus-kept-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
type Ready = Awaited<ReturnType<typeof readyWorld>>;

/** A tenant whose consent keeps results: in its own hand, or as it was recorded. */
async function consented({ hand = 'signed', keep = KEEP, ...options }: { readonly hand?: 'signed' | 'recorded'; readonly keep?: typeof KEEP | null } & WorldOptions = {}) {
  const ready = await readyWorld(options);
  const { world, admin, machine } = ready;
  if (hand === 'signed') machine.consent.pin(CONSENT_KEY);
  machine.agent.lookAtConsent();
  await world.begin();
  const said = hand === 'signed' ? { receipt: signedFor(world.instance, keep ? { keep_results: keep } : {}) } : { keep_results: keep ?? undefined };
  const signer = { name: 'Kim Park', email: 'kim@tenant.example' };
  expect((await world.call(`/v1/tenants/${TENANT}/consent`, { method: 'PUT', pat: admin, body: { ...DOCUMENT, signed_at: isoTime(START - 3_600_000), signer, ...said } })).status).toBe(200);
  expect((await world.call(`/support/tenants/${TENANT}/arm`, { pat: admin, body: { reason: 'contract 2026', confirm_tenant_id: TENANT } })).status).toBe(200);
  return ready;
}

async function aSession({ world, admin }: Ready, commands: readonly object[] = [{ command: 'ping' }, { command: 'tail_log', args: { lines: 3 } }]) {
  const { body } = await world.activate(admin);
  const answers = [];
  for (const command of commands) answers.push(await world.command(admin, String(body['session_token']), { ...command }));
  const session = String(body['session_id']);
  await world.call(`/support/sessions/${session}/deactivate`, { pat: admin, body: {} });
  await settle();
  return { session, results: answers.map(({ body: { result = null } }) => canonicalJson(result as Json)), answers };
}

const bundle = async ({ world, admin }: Ready, query = ''): Promise<Uint8Array> => {
  const { statusCode, rawPayload } = await world.api.http.inject({ method: 'GET', url: `/v1/tenants/${TENANT}/log/bundle${query}`, headers: { authorization: `Bearer ${admin}` } });
  expect(statusCode).toBe(200);
  return rawPayload;
};
const outcomes = ({ world }: Ready) => world.stores.rows(TENANT).filter(({ audit }) => audit.action === 'remote_support_command' && audit.phase === 'outcome').map(({ bytes }) => JSON.parse(bytes) as { seq: number; kept_sha256?: string });

let nth = 0;
/** Both verifiers, and what the tenant reads with this key. */
async function checked({ machine }: Ready, bytes: Uint8Array, key: ResultsKey = MINE) {
  const trust = TrustFile.parse({ ...machine.trust, ...(machine.consent.state().key !== null && { consent_key: CONSENT_KEY.publicKeyText }), last_checkpoint: machine.followed().checkpoint });
  const [file, trusted] = [join(folder, `${nth}.tar`), join(folder, `${nth++}.json`)];
  writeFileSync(file, bytes);
  writeFileSync(trusted, JSON.stringify(trust));
  const opened: string[] = [];
  const openKept = {
    open: ({ sealed, of, key: to }: KeptToOpen) => {
      const text = to === key.publicKeyText ? openResult(key, sealed, of) : 'another';
      return to !== key.publicKeyText ? ('another_key' as const) : text === null ? ('does_not_open' as const) : { text };
    },
    opened: (_one: KeptToOpen, text: string) => void opened.push(text),
  };
  const first = await checkBundle(bytesSource(bytes), trust, { sha256, verify: verifyEd25519, newDigest: newSha256, openKept });
  if (!first.ok) throw new Error(first.error);
  const second = await secondVerifier(file, trusted);
  return { codes: Object.keys(first.value.counts), kept: first.value.numbers.kept, opened, says: secondSays(second), second };
}

test.each([['signed'], ['recorded']] as const)('under a consent that is %s and has results kept, the tenant opens them from a bundle, and both verifiers take it', async (hand) => {
  const ready = await consented({ hand });
  const { session, results } = await aSession(ready);
  expect(outcomes(ready).map((leaf) => typeof leaf.kept_sha256)).toEqual(['string', 'string']);
  for (const query of ['', `?kind=session&session=${session}`, '?kind=period&from=8']) {
    const { codes, kept, opened, says, second } = await checked(ready, await bundle(ready, query));
    expect([codes.filter((code) => code !== 'not_tied_to_machine'), kept, opened, says]).toEqual([[], 2, results, 'verified']);
    expect(second.counts).toMatchObject({ kept: 2 });
  }
});

test('what is kept is readable by nobody else: no text of a result is in a bundle, and another key opens none', async () => {
  const ready = await consented();
  const { results } = await aSession(ready);
  const bytes = await bundle(ready);
  for (const text of results) expect(Buffer.from(bytes).includes(text)).toBe(false);
  expect(await checked(ready, bytes, OTHERS)).toMatchObject({ codes: ['kept_of_another_key'], opened: [], says: 'verified' });
});

test.each([['signed'], ['recorded']] as const)('without a word in a consent that is %s nothing is kept but digests, and the replay says so', async (hand) => {
  const ready = await consented({ hand, keep: null });
  const { session } = await aSession(ready);
  expect(outcomes(ready).map((leaf) => leaf.kept_sha256)).toEqual([undefined, undefined]);
  expect(fromUtf8(filesOf(await bundle(ready))['kept.ndjson'] ?? utf8('none'))).toBe('');
  expect(await resultsIn(ready, session)).toEqual(['digest_only', 'digest_only']);
});

const resultsIn = async ({ world, admin }: Ready, session: string) => {
  const { body } = await world.call(`/v1/support/sessions/${session}/replay`, { method: 'GET', pat: admin });
  return (body['steps'] as { command?: string; answer: { result?: string } | null }[]).flatMap((step) => (step.command === undefined ? [] : [step.answer?.result]));
};

test('the replay says of each command whether its result is kept; of one that was refused there is none', async () => {
  const ready = await consented();
  const { session } = await aSession(ready, [{ command: 'ping' }, { command: 'read_file', args: { path: 'crashes/none.txt' } }]);
  expect(await resultsIn(ready, session)).toEqual(['kept_sealed', undefined]);
});

/** Guarantee: a server that is told otherwise on the way keeps nothing, and its log does not say that it did. */
type Reply = { readonly text: string; readonly of: KeptOf };
const IDENTITY = signingKeyOf(sha256(utf8(AGENT))); // as the machine of these tests makes it
test.each<[string, (kept: KeptReply | undefined, reply: Reply) => KeptReply | null | undefined]>([
  ['is truly sealed by it, to another key than the consent', (_kept, { text, of }) => keptReply(IDENTITY, { tenantKey: OTHERS.publicKeyText, text, of, random: () => new Uint8Array(32).fill(9) })],
  ['names another key than the consent', (kept) => kept && { ...kept, key: OTHERS.publicKeyText }],
  ['is signed by nobody', (kept) => kept && { ...kept, signature: toBase64(new Uint8Array(64)) }],
  ['comes with another key of the text', (kept) => kept && { ...kept, content_key: toBase64(new Uint8Array(32)) }],
  ['names another digest', (kept) => kept && { ...kept, sealed_sha256: 'ab'.repeat(32) }],
  ['is not there', () => undefined],
])('what a machine sealed that %s is not kept; the result is given out all the same', async (_what, change) => {
  const ready = await consented();
  between(ready, change);
  const { answers, session } = await aSession(ready, [{ command: 'ping' }]);
  expect(answers.map(({ status }) => status)).toEqual([200]);
  expect([outcomes(ready).map((leaf) => leaf.kept_sha256), await resultsIn(ready, session)]).toEqual([[undefined], ['digest_only']]);
  expect(await checked(ready, await bundle(ready))).toMatchObject({ codes: [], kept: 0, says: 'verified' });
});

function between({ world }: Ready, change: (kept: KeptReply | undefined, reply: Reply) => KeptReply | null | undefined): void {
  const line = world.api.lines.line(AGENT) ?? expect.fail('it is not on the line');
  const { command } = line;
  const told = (reply: Result<AgentReply, Denial>, { session, requestId }: Parameters<typeof command>[0]): Result<AgentReply, Denial> => {
    if (!reply.ok) return reply;
    const { kept, ...end } = reply.value.end;
    const said = change(kept, { text: reply.value.text, of: { instance: world.instance, tenant: TENANT, agent: AGENT, session, request_id: requestId, result_sha256: end.result_sha256 } });
    return { ok: true, value: { ...reply.value, end: { ...end, ...(said && { kept: said }) } } };
  };
  Object.assign(line, { command: async (...asked: Parameters<typeof command>) => told(await command(...asked), asked[0]) });
}

test.each([[0, 0], [200, 1]])('with room for %i bytes only %i of two results are kept, and the outcome of the other does not say it is', async (keptBytesMax, count) => {
  const ready = await consented({ keptBytesMax });
  const { answers } = await aSession(ready, [{ command: 'ping' }, { command: 'ping' }]);
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  expect(outcomes(ready).filter((leaf) => leaf.kept_sha256 !== undefined)).toHaveLength(count);
  expect(await checked(ready, await bundle(ready))).toMatchObject({ codes: [], kept: count, says: 'verified' });
});

test('a consent that is withdrawn keeps nothing more; what was kept before stays where it is, for its time', async () => {
  const ready = await consented();
  const { results } = await aSession(ready);
  expect((await ready.world.call(`/v1/tenants/${TENANT}/consent`, { method: 'DELETE', pat: ready.admin, body: { reason: 'the contract ended' } })).status).toBe(200);
  expect(await checked(ready, await bundle(ready))).toMatchObject({ codes: [], kept: 2, opened: results, says: 'verified' });
});

test('a receipt does not keep results for longer, or for somebody else, than the record says, and a key that is none is not recorded', async () => {
  const { world, admin } = await readyWorld();
  const signer = { name: 'Kim Park', email: 'kim@tenant.example' };
  const record = async (said: object) => (await world.call(`/v1/tenants/${TENANT}/consent`, { method: 'PUT', pat: admin, body: { ...DOCUMENT, signed_at: isoTime(START - 3_600_000), signer, ...said } })).body;
  const receipt = signedFor(world.instance, { keep_results: KEEP });
  expect(JSON.stringify(await record({ receipt, keep_results: { ...KEEP, days: 31 } }))).toContain('keep_results: is not what the receipt says');
  expect(JSON.stringify(await record({ receipt: signedFor(world.instance), keep_results: KEEP }))).toContain('keep_results: is not what the receipt says');
  expect(JSON.stringify(await record({ keep_results: { ...KEEP, key: toBase64(new Uint8Array(32)) } }))).toContain('nothing can be sealed to it');
  expect(await record({ receipt, keep_results: KEEP })).toMatchObject({ consent: 'signed' });
  const shown = await world.call(`/v1/tenants/${TENANT}`, { method: 'GET', pat: admin });
  expect(shown.body['keeps_results']).toMatchObject({ days: 30 });
});

/** The same bundle with other lines in kept.ndjson, and digests that agree with them. */
async function altered(ready: Ready, change: (lines: readonly string[]) => readonly string[]): Promise<Uint8Array> {
  const files = { ...filesOf(await bundle(ready)) };
  const name: BundleFileName = 'kept.ndjson';
  files[name] = utf8(change(fromUtf8(files[name] ?? new Uint8Array()).split('\n').slice(0, -1)).map((line) => `${line}\n`).join(''));
  const named = BUNDLE_FILES.slice(0, -1).map((one) => ({ name: one.name, bytes: files[one.name] ?? new Uint8Array() }));
  const digests = named.map((one) => `${sha256Hex(one.bytes)}  ${one.name}\n`).join('');
  return tarOf([...named, { name: 'bundle.sha256', bytes: utf8(`${digests}${BUNDLE_NOT_SIGNED}\n`) }]);
}
const with_ = (line: string | undefined, change: (one: Record<string, Json>) => Record<string, Json>): string => canonicalJson(change(JSON.parse(line ?? '{}') as Record<string, Json>));
const sealedOf = (line: string | undefined): string => (JSON.parse(line ?? '{}') as { sealed?: string }).sealed ?? '';
const flipped = (sealed: string): string => `${sealed.slice(0, 60)}${sealed[60] === 'A' ? 'B' : 'A'}${sealed.slice(61)}`;

/** Guarantee: without the tenant's key anybody tells a kept result that is not the one its entry names. */
test.each<[string, (lines: readonly string[]) => readonly string[], string, RegExp]>([
  ['altered', ([one, two]) => [with_(one, (line) => ({ ...line, sealed: flipped(sealedOf(one)) })), two ?? ''], 'kept_altered', /kept result is not the one it names/],
  ['swapped with another', ([one, two]) => [with_(one, (line) => ({ ...line, sealed: sealedOf(two) })), with_(two, (line) => ({ ...line, sealed: sealedOf(one) }))], 'kept_altered', /kept result is not the one it names/],
  ['signed by nobody', ([one, two]) => [with_(one, (line) => ({ ...line, end: { key: KEEP.key, signature: toBase64(new Uint8Array(64)) } })), two ?? ''], 'kept_altered', /not signed by the machine/],
  ['said to be sealed to another key', ([one, two]) => [with_(one, (line) => ({ ...line, end: { ...(line['end'] as object), key: OTHERS.publicKeyText } })), two ?? ''], 'kept_altered', /not signed by the machine/],
  ['left out', ([, two]) => [two ?? ''], 'kept_missing', /not in kept.ndjson/],
  ['put at an entry that has none', ([one, two]) => [with_(one, (line) => ({ ...line, index: 0 })), one ?? '', two ?? ''], 'kept_unfounded', /a kept result is here for it, and it names none/],
  ['in other pieces than it is given out in', ([one, two]) => [with_(one, ({ end: _, ...line }) => ({ ...line, sealed: sealedOf(one).slice(0, 40) })), with_(one, (line) => ({ ...line, part: 1, sealed: sealedOf(one).slice(40) })), two ?? ''], 'bundle_line_unreadable', /in pieces of another size/],
  ['cut short', ([one, two]) => [one ?? '', with_(two, ({ end: _, ...line }) => ({ ...line, sealed: toBase64(new Uint8Array(KEPT_PART_BYTES)) }))], 'bundle_line_unreadable', /cut short/],
  ['out of order', ([one, two]) => [two ?? '', one ?? ''], 'bundle_line_unreadable', /out of order/],
])('a kept result that is %s is found by both verifiers', async (_how, change, finding, sentence) => {
  const ready = await consented();
  await aSession(ready);
  const { codes, says } = await checked(ready, await altered(ready, change));
  expect(codes).toContain(finding);
  expect(says).toMatch(sentence);
});
