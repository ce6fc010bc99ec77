/** A liar with the log key, and kept results: told as a story, judged with what no owner's key is needed for. */
import { toBase64 } from '@argus/kit/bytes.ts';
import { signReceipt } from '@argus/keys/consent.ts';
import { sha256Hex } from '@argus/keys/hash.ts';
import { keptAgain, keptReply, resultsKeyOf } from '@argus/keys/kept-result.ts';
import { mustId } from '@argus/protocol/ids.ts';
import { keepText, type KeepResults, type KeptOf } from '@argus/protocol/kept.ts';
import type { Receipt } from '@argus/protocol/receipt.ts';
import { expect, test } from 'vitest';
import { AGENT, check, CONSENT_KEY, entriesOf, failing, HONEST, LATER, LOG_KEY, MACHINE_KEY, nodeCrypto, OTHER_KEY, RESULT, SESSION, START, texts, treeOf, trustFile, WHOSE, type Told } from '../../testing/made-log.ts';
import { checkLog } from '../check-log.ts';
import type { SignedReceipt } from '../receipts.ts';
import type { GivenKept, OpenKept } from './kept.ts';

const TENANT_KEY = resultsKeyOf(new Uint8Array(32).fill(5));
const KEEP: KeepResults = { key: TENANT_KEY.publicKeyText, days: 30 };
const STRANGERS: KeepResults = { key: resultsKeyOf(new Uint8Array(32).fill(6)).publicKeyText, days: 30 };
const [CONSENT, ACTIVATION, ANSWER] = [1, 5, 8];
const of: KeptOf = { ...WHOSE, agent: AGENT, session: SESSION, request_id: mustId('request', 'req_one_1'), result_sha256: RESULT };
let nth = 0;
function sealed({ keep = KEEP, key = MACHINE_KEY, over = {} }: { readonly keep?: KeepResults; readonly key?: typeof MACHINE_KEY; readonly over?: Partial<KeptOf> } = {}): GivenKept & { readonly sha256: string } {
  const text = '{"pong":true}';
  const about = { ...of, ...over };
  const said = keptReply(key, { tenantKey: keep.key, text, of: about, random: () => new Uint8Array(32).fill(++nth) }) ?? expect.fail('it was not sealed');
  const kept = keptAgain(key.publicKeyText, said, { text, of: about }) ?? expect.fail('it is not what was signed');
  return { index: ANSWER, ...kept };
}

type Tale = { readonly consent?: KeepResults | null; readonly activation?: KeepResults | null; readonly kept?: ReturnType<typeof sealed>; readonly says?: string; readonly receipt?: Partial<Receipt> };
const receiptOf = (over: Partial<Receipt>): Receipt => ({ v: 1, ...WHOSE, agents: '*', commands: '*', cameras: '*', document_sha256: 'ab'.repeat(32), serial: 3, not_before: new Date(START - 60_000).toISOString(), not_after: new Date(START + 86_400_000).toISOString(), ...over });
function told({ consent = KEEP, activation = KEEP, kept = sealed(), says = kept.sha256, receipt }: Tale): readonly Told[] {
  const said = (keep: KeepResults | null) => ({ ...(keep && { keep_results: keepText(keep) }), ...(receipt && { receipt: { sha256: sha256Hex(signReceipt(CONSENT_KEY, receiptOf(receipt))) } }) });
  return HONEST.map((one, i): Told => {
    if (i === CONSENT) return { ...one, args_commit: { ...one.args_commit, ...said(consent) } };
    if (i === ACTIVATION || i === ACTIVATION + 1) return { ...one, args_commit: { ...one.args_commit, ...said(activation) } };
    return i === ANSWER ? { ...one, kept_sha256: says } : one;
  });
}
async function* given(all: readonly GivenKept[]) {
  yield* all;
}
async function found(story: readonly Told[], kept: readonly GivenKept[], over: Parameters<typeof check>[1] = {}): Promise<readonly (string | number)[]> {
  const checked = await check(texts(story), { kept: given(kept), ...over });
  return [...failing(checked), checked.numbers.kept];
}

test('what the consent has kept, and the machine sealed to its key, holds', async () => {
  const kept = sealed();
  expect(await found(told({ kept }), [kept])).toEqual([1]);
});

/** Guarantee: who has the log key keeps nothing that the owner did not want kept, and for nobody else, without its showing. */
test.each<[string, Tale]>([
  ['no consent has it kept', { consent: null, activation: null }],
  ['only the activation says so', { consent: null }],
  ['the activation names another key than the consent', { activation: STRANGERS, kept: sealed({ keep: STRANGERS }) }],
  ['the activation keeps it for longer than the consent', { activation: { ...KEEP, days: 31 } }],
  ['it is sealed to another key than both name', { kept: sealed({ keep: STRANGERS }) }],
])('it shows where %s', async (_where, tale) => {
  const kept = tale.kept ?? sealed();
  expect(await found(told({ ...tale, kept }), [kept])).toContain('kept_without_consent');
});

test.each<[string, Told]>([
  ['withdrawn', { s: 20, type: 'consent_withdrawn', phase: 'fact', outcome: 'ok' }],
  ['replaced by one that keeps none', { s: 20, type: 'consent_recorded', phase: 'fact', outcome: 'ok', args_commit: { document_id: 'DOC' } }],
  ['replaced by one for another key', { s: 20, type: 'consent_recorded', phase: 'fact', outcome: 'ok', args_commit: { document_id: 'DOC', keep_results: keepText(STRANGERS) } }],
])('it shows where the consent was %s before the answer', async (_how, change) => {
  const kept = sealed();
  const story = told({ kept }).toSpliced(ANSWER, 0, change).map((one) => (one.answers !== undefined && one.answers >= ANSWER ? { ...one, answers: one.answers + 1 } : one));
  expect(await found(story, [{ ...kept, index: ANSWER + 1 }])).toContain('kept_without_consent');
});

test('it shows where the entries say that it is kept, and the receipt of the owner does not', async () => {
  const receipts = (over: Partial<Receipt>) => [{ serial: 3, ...(JSON.parse(signReceipt(CONSENT_KEY, receiptOf(over))) as object) } as SignedReceipt];
  const trust = trustFile({ consent_key: CONSENT_KEY.publicKeyText });
  for (const [receipt, finds] of [[{}, ['kept_without_consent']], [{ keep_results: STRANGERS }, ['kept_without_consent']], [{ keep_results: KEEP }, []]] as const) {
    const kept = sealed();
    expect(await found(told({ kept, receipt }), [kept], { receipts: receipts(receipt), trust })).toEqual([...finds, 1]);
  }
});

test.each<[string, (kept: ReturnType<typeof sealed>) => GivenKept, Partial<Parameters<typeof sealed>[0]>]>([
  ['other bytes', (kept) => ({ ...kept, sealed: kept.sealed.map((byte, i) => (i === 40 ? byte ^ 1 : byte)) }), {}],
  ['no signature of the machine', (kept) => ({ ...kept, signature: toBase64(new Uint8Array(64)) }), {}],
  ['the signature of another machine', (kept) => kept, { key: OTHER_KEY }],
  ['the signature over another request', (kept) => kept, { over: { request_id: mustId('request', 'req_two_2') } }],
  ['the signature over another result', (kept) => kept, { over: { result_sha256: 'ab'.repeat(32) } }],
])('what has %s is not what the entry names', async (_what, change, over) => {
  const kept = sealed(over);
  expect(await found(told({ kept }), [change(kept)])).toEqual(['kept_altered', 0]);
});

test('what is left out within its days is missed, and not after them; what no entry names is said', async () => {
  const kept = sealed();
  expect(await found(told({ kept }), [])).toEqual(['kept_missing', 0]);
  expect(await found(told({ kept }), [], { asOf: LATER + 30 * 86_400_000 })).toEqual([0]);
  expect(await found(told({ kept }), [{ ...kept, index: 3 }, kept, { ...kept, index: 13 }])).toEqual(['kept_unfounded', 1]);
  expect(failing(await check(texts(told({ kept }))))).toEqual([]); // whoever gives none with the log is not missing any
});

test.each([['a refusal at the door', 4], ['the beginning of a session', 6], ['a late answer, which nobody was given', 11]])('only an answer of a machine can be kept, and %s is none', async (_what, index) => {
  const story = told({}).map((one, i) => ({ ...one, kept_sha256: i === index ? 'ab'.repeat(32) : undefined }));
  expect(await found(story, [])).toEqual(['kept_without_consent', 0]);
});

test("with the owner's key it opens; with another it is said which, and what is not the result the machine signed is no result", async () => {
  const kept = sealed();
  const opened: string[] = [];
  const openWith = async (answer: ReturnType<OpenKept['open']>) => {
    const leaves = texts(told({ kept }));
    const openKept: OpenKept = { open: () => answer, opened: (_one, text) => void opened.push(text) };
    return failing(await checkLog({ trust: null, claimedKeys: [LOG_KEY.publicKeyText], checkpoint: treeOf(leaves).checkpoint(), part: { kind: 'log' }, asOf: LATER, kept: given([kept]) }, entriesOf(leaves), { ...nodeCrypto, openKept }));
  };
  expect(await openWith({ text: '{"pong":true}' })).toEqual([]);
  expect(await openWith({ text: '{"pong":false}' })).toEqual(['kept_does_not_open']);
  expect(await openWith('does_not_open')).toEqual(['kept_does_not_open']);
  expect(await openWith('another_key')).toEqual(['kept_of_another_key']);
  expect(opened).toEqual(['{"pong":true}']);
});
