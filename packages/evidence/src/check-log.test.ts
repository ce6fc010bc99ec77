import { webcrypto } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { signProof, signReceipt } from '@argus/keys/consent.ts';
import { sha256Hex } from '@argus/keys/hash.ts';
import { passkeyProof, proofChallenge } from '@argus/keys/operator-proof.ts';
import { mustId } from '@argus/protocol/ids.ts';
import { PASSKEY_ALGORITHMS, proofInLeaf, proofText } from '@argus/protocol/operator-proof.ts';
import type { Receipt } from '@argus/protocol/receipt.ts';
import type { TrustFile } from '@argus/protocol/trust.ts';
import { createAuthenticator, freshSoftKey, softKey, type Over } from '../../keys/testing/authenticator.ts';
import { AGENT, check, CONSENT_KEY, entriesOf, failing, HONEST, LATER, nodeCrypto, OPERATOR_KEY, OTHER_KEY, SESSION, SESSION_2, START, texts, treeOf, trustFile, WHOSE, type Told } from '../testing/made-log.ts';
import { AREA_OF_BUNDLES, AREA_OF_MACHINES, AREAS, FINDINGS } from './findings.ts';
import { checkLog } from './check-log.ts';
import type { SignedReceipt } from './receipts.ts';
import { webCrypto } from './web-crypto.ts';
import { exitCodeOf, verdictOf } from './report.ts';

const honest = texts(HONEST);
const tree = treeOf(honest);
const followed = trustFile({ last_checkpoint: tree.checkpoint(11), highest_acted_leaf: 9 });

test('an honest log holds, and everything in it was looked at', async () => {
  const checked = await check(honest, { trust: followed });
  expect(checked).toMatchObject({ isTied: true, size: 15, findings: [], numbers: { entries: 15, sessions: 1, commands: 2, refusals: 1, log_key_signatures: 1, machine_signatures: 3 } });
  expect([verdictOf(checked), exitCodeOf(checked)]).toEqual(['holds', 0]);
});

test('without a trust file it says self-consistent only, and nothing more', async () => {
  const checked = await check(honest);
  expect(Object.keys(checked.counts)).toEqual(['not_tied_to_machine']);
  expect([verdictOf(checked), exitCodeOf(checked)]).toEqual(['self_consistent', 0]);
});

test('every finding belongs to one area', () => {
  const named = [...AREAS, AREA_OF_BUNDLES, AREA_OF_MACHINES].flatMap(({ codes }) => codes);
  expect(named.toSorted()).toEqual(Object.keys(FINDINGS).toSorted());
});

const at = (index: number, change: Partial<Told>): readonly Told[] => HONEST.map((told, i) => (i === index ? { ...told, ...change } : told));
/** Outcomes keep naming what they named: everything after moves by one. */
const insert = (index: number, told: Told): readonly Told[] => {
  const moved = HONEST.map((one) => (one.answers !== undefined && one.answers >= index ? { ...one, answers: one.answers + 1 } : one));
  return moved.toSpliced(index, 0, told);
};
const remove = (index: number): readonly Told[] =>
  HONEST.flatMap((one, i) => (i === index ? [] : [one.answers !== undefined && one.answers > index ? { ...one, answers: one.answers - 1 } : one]));
const told = (index: number): Told => HONEST[index] ?? (undefined as never);
const request = (text: string) => mustId('request', text);

/**
 * Guarantee: who has the log key and writes the log anew, every hash and signature of its own right, is still found out
 * wherever what is told cannot have been.
 */
test.each<[why: string, story: readonly Told[], finds: readonly string[]]>([
  ['a tenant of somebody else', at(4, { tenant: mustId('tenant', 'UTD_OTHER_001') }), ['entry_of_another_log']],
  ['another installation', at(4, { instance: mustId('instance', 'ins_bbbbbbbbbbbbbbbbbbbb') }), ['entry_of_another_log']],
  ['a number that is not its place', at(4, { seq: 9 }), ['entry_out_of_place']],
  ['an operator in letters of two alphabets', at(4, { operator: 'аna@argus.example' }), ['name_misleading']],
  ['a name with a character nobody can see', at(4, { operator: 'an\u200ba@argus.example' }), ['name_misleading']],
  ['a name in one other alphabet is nobody\'s offence', at(4, { operator: 'анна@пример.рф' }), []],
  ['a time dated back', at(14, { s: -400 }), ['time_runs_backwards']],
  ['an outcome left out', remove(8), ['intent_without_outcome']],
  ['a second outcome', insert(9, { ...told(8), answers: 7 }), ['second_outcome']],
  ['an intent left out', remove(7).map((one) => (one.answers === 6 && one.request_id === 'req_one_1' ? { ...one, answers: 0 } : one)), ['outcome_without_intent']],
  ['an outcome that names nothing', at(8, { answers: undefined as never, signs: undefined as never }), ['outcome_unsigned', 'outcome_without_intent', 'intent_without_outcome']],
  ['an outcome about another command', at(10, { command: 'tail_log' }), ['outcome_differs']],
  ['a request made again', insert(9, { ...told(7), s: 22 }).toSpliced(10, 0, { ...told(8), s: 23, answers: 9 }).map((one, i) => (i > 10 && one.answers === 10 ? { ...one, answers: 11 } : one)), ['request_reused']],
  ['a late answer to what was answered', insert(12, { ...told(11), s: 41 }), ['late_outcome_unfounded']],
  ['success by the word of the server', at(8, { signs: undefined as never, by: 'server' }), ['outcome_unsigned']],
  ['an answer signed by another key', at(8, { by_key: OTHER_KEY }), ['signature_wrong']],
  ['another result than was signed', at(8, { agent_signature: texts(HONEST).map((text) => (JSON.parse(text) as { agent_signature?: string }).agent_signature)[8], result_sha256: 'cd'.repeat(32), signs: undefined as never, agent_at: new Date(START + 21_000).toISOString() }), ['signature_wrong']],
  ['a late answer signed by another key', at(11, { by_key: OTHER_KEY }), ['signature_wrong']],
  ['a last word signed by another key', at(13, { by_key: OTHER_KEY }), ['signature_wrong']],
  ['a last word that nobody signed', at(13, { signs: undefined as never }), ['end_unsigned']],
  ['the switch of the owner, by the word of the server', at(12, { code: 'tenant_kill_switch' }), ['end_unsigned']],
  ['a machine that was never enrolled', remove(3), ['machine_unknown']],
  ['a machine enrolled twice', insert(4, { ...told(3), s: 4 }), ['enrolled_twice']],
  ['a revoked machine', insert(7, { s: 15, type: 'agent_revoked', phase: 'fact', outcome: 'ok', agent: AGENT }), ['revoked_machine_used']],
  ['a refused revocation is none', insert(7, { s: 15, type: 'agent_revoked', phase: 'fact', outcome: 'refused', agent: AGENT }), []],
  ['a session opened twice', [...HONEST.slice(0, 14), { ...told(5), s: 52, request_id: request('req_again_1') }, { ...told(6), s: 53, answers: 14, request_id: request('req_again_1') }, { ...told(12), s: 54 }], ['session_reused']],
  ['two sessions at once', insert(7, { ...told(5), s: 15, session: SESSION_2, request_id: request('req_again_1') }).toSpliced(8, 0, { ...told(6), s: 16, session: SESSION_2, answers: 7, request_id: request('req_again_1') }, { ...told(12), s: 17, session: SESSION_2 }).map((one, i) => (i > 9 && one.answers !== undefined ? { ...one, answers: one.answers + 2 } : one)), ['two_sessions']],
  ['a box of 121 minutes', at(5, { args_commit: { minutes: 121, scope: 'everything' } }), ['time_box_wrong']],
  ['a box of no minutes', at(5, { args_commit: { scope: 'everything' } }), ['time_box_wrong']],
  ['a command before the session stands', remove(6), ['intent_without_outcome', 'command_outside_session']],
  ['a command after the end', [...remove(12).slice(0, 6), { ...told(12), s: 19 }, ...remove(12).slice(6).map((one) => (one.answers !== undefined && one.answers >= 6 ? { ...one, answers: one.answers + 1 } : one))], ['command_outside_session']],
  ['a command by somebody else', at(7, { operator: 'eve@argus.example' }).map((one, i) => (i === 8 ? { ...one, operator: 'eve@argus.example' } : one)), ['command_of_another']],
  ['a command after its time', at(9, { s: 30 + 31 * 60 }).map((one, i) => (i > 9 ? { ...one, s: one.s + 31 * 60 } : one)), ['command_after_time']],
  ['an answer given out after its time', at(8, { s: 33 * 60 }).map((one, i) => (i > 8 ? { ...one, s: one.s + 33 * 60 } : one)), ['command_after_time']],
  ['an end that was left out', remove(12), ['closed_without_end', 'session_never_ended']],
  ['an end of nothing', insert(4, { ...told(12), s: 4 }), ['end_without_session', 'session_reused']],
  ['a second end', insert(13, { ...told(12), s: 50 }), ['second_end']],
  ['a last word said twice', insert(14, { ...told(13), s: 51 }), ['closed_without_end']],
  ['no consent', remove(1), ['activated_without_consent', 'armed_without_consent', 'command_while_closed']],
  ['a consent that was over', at(1, { args_commit: { signed_at: '2026-01-01T00:00:00.000Z', expires_at: '2026-02-01T00:00:00.000Z', scope: 'everything' } }), ['activated_without_consent', 'armed_without_consent']],
  ['a consent that was withdrawn', insert(5, { s: 5, type: 'consent_withdrawn', phase: 'fact', outcome: 'ok' }), ['activated_without_consent', 'command_while_closed']],
  ['a tenant that was not armed', remove(2), ['activated_unarmed', 'command_while_closed']],
  ['an arming that was refused', at(2, { outcome: 'refused', code: 'tenant_consent_required' }), ['activated_unarmed', 'command_while_closed']],
  ['another consent in between, which disarms', insert(5, { ...told(1), s: 5 }), ['activated_unarmed', 'command_while_closed']],
  ['an arming of more than ninety days', HONEST.map((one, i) => (i < 5 ? one : { ...one, s: one.s + 91 * 86_400 })), ['activated_unarmed']],
  ['a wider scope than the consent', at(1, { args_commit: { signed_at: '2026-01-01T00:00:00.000Z', expires_at: 'never', scope: '{"commands":["tail_log"]}' } }), ['scope_differs']],
  ['a command the consent does not cover', HONEST.map((one, i) => ([1, 5, 6].includes(i) ? { ...one, args_commit: { ...one.args_commit, scope: '{"commands":["tail_log"]}' } } : one)), ['outside_scope']],
  ['a machine the consent does not cover', HONEST.map((one, i) => ([1, 5, 6].includes(i) ? { ...one, args_commit: { ...one.args_commit, scope: '{"agents":["agent_other_01"]}' } } : one)), ['outside_scope']],
  ['a command after disarming', insert(9, { s: 25, type: 'tenant_disarmed', phase: 'fact', outcome: 'ok' }), ['command_while_closed']],
  ['a machine that did not close', insert(13, { s: 50, type: 'remote_support_session_failed_to_close', phase: 'fact', outcome: 'unknown', session: SESSION, agent: AGENT }), ['failed_to_close']],
])('%s', async (_why, story, finds) => {
  expect(failing(await check(texts(story))).toSorted()).toEqual(finds.toSorted());
});

test('an activation that was refused because its consent had just gone is no offence', async () => {
  const story: readonly Told[] = [
    ...HONEST.slice(0, 4),
    { s: 5, type: 'consent_withdrawn', phase: 'fact', outcome: 'ok' },
    { ...told(5), s: 5 },
    { ...told(6), s: 6, answers: 5, outcome: 'refused', code: 'tenant_consent_required' },
    { ...told(12), s: 6, code: 'consent_withdrawn' },
  ];
  expect(failing(await check(texts(story)))).toEqual([]);
});

test('what is open may still be running: it is named, and is an offence only when that cannot be', async () => {
  const story = texts(HONEST.slice(0, 8));
  expect(failing(await check(story, { asOf: START + 60_000 })).toSorted()).toEqual(['open_intent', 'session_open']);
  expect(failing(await check(story, { asOf: START + 3_600_000 })).toSorted()).toEqual(['intent_without_outcome', 'session_never_ended']);
});

test.each(['agent_refused', 'bad_frame', 'session_expired', 'outcome_unrecorded'])('an outcome that the log calls %s, where the machine signed another word', async (code) => {
  const signed = texts(HONEST).map((text) => (JSON.parse(text) as { agent_signature?: string }).agent_signature)[8];
  const story = at(8, { outcome: code === 'outcome_unrecorded' ? 'unknown' : 'refused', code, signs: undefined as never, agent_at: new Date(START + 21_000).toISOString(), agent_signature: signed });
  expect(failing(await check(texts(story)))).toEqual(code === 'agent_refused' ? ['signature_not_checkable'] : []);
});

/** Guarantee: who does not have the log key changes nothing, adds nothing and takes nothing away. */
test.each<[why: string, leaves: readonly string[], finds: readonly string[]]>([
  ['a reason was changed', honest.map((text, i) => (i === 4 ? text.replace('investigate alert', 'nothing at all was') : text)), ['root_differs']],
  ['a byte was changed, and it is no entry any more', honest.map((text, i) => (i === 4 ? text.replace('"v":1', '"v": 1') : text)), ['entry_unreadable', 'root_differs']],
  ['the end was taken away', honest.slice(0, 14), ['entries_missing']],
  ['one was taken out', honest.toSpliced(4, 1), ['entry_out_of_place', 'entries_missing']],
  ['two were swapped', [...honest.slice(0, 2), honest[3] ?? '', honest[2] ?? '', ...honest.slice(4)], ['entry_out_of_place', 'root_differs']],
])('%s', async (_why, leaves, finds) => {
  const checked = await check(leaves, { checkpoint: tree.checkpoint() });
  expect(failing(checked)).toEqual(expect.arrayContaining([...finds]));
  expect(exitCodeOf(checked)).toBe(1);
});

/** Guarantee: who has the log key cannot show the owner another past than the one their machine has seen. */
test.each<[why: string, leaves: readonly string[], trust: Parameters<typeof trustFile>[0], finds: readonly string[]]>([
  ['an entry the machine has seen was changed, and everything signed anew', texts(at(4, { reason: 'nothing at all' })), {}, ['another_history']],
  ['the log is shorter than what the machine has followed', honest.slice(0, 8), {}, ['shorter_than_followed']],
  ['the entry the machine acted on last is not there', honest.slice(0, 8), { last_checkpoint: tree.checkpoint(5) }, ['shorter_than_followed']],
  ['the entry the machine acted on last is another one', honest, { highest_acted_leaf: 4 }, ['acted_entry_differs']],
  ['the log names another key for the machine', texts(HONEST.map((one, i) => (i === 3 ? { ...one, args_commit: { public_key: OTHER_KEY.publicKeyText } } : { ...one, by_key: OTHER_KEY }))), { last_checkpoint: '' }, ['agent_key_differs', 'signature_wrong']],
  ['the machine trusts another log key', honest, { log_keys: [OTHER_KEY.publicKeyText], last_checkpoint: '' }, ['checkpoint_not_trusted']],
  ['the trust file is of another tenant', honest, { tenant: mustId('tenant', 'UTD_OTHER_001'), last_checkpoint: '' }, ['checkpoint_not_trusted', 'entry_of_another_log']],
])('%s', async (_why, leaves, over, finds) => {
  const checked = await check(leaves, { trust: { ...followed, ...over } });
  expect(failing(checked)).toEqual(expect.arrayContaining([...finds]));
  expect(exitCodeOf(checked)).toBe(1);
});

test('a checkpoint that is none, or of no tenant, leaves nothing to check', async () => {
  for (const checkpoint of ['', 'hello\n', tree.checkpoint(15, { origin: 'argus/ins_aaaaaaaaaaaaaaaaaaaa/operator' })])
    expect(await check(honest, { checkpoint })).toMatchObject({ whose: null, counts: { checkpoint_unreadable: 1 } });
});

test('earlier checkpoints have to be of this log, signed, and proved', async () => {
  const forked = treeOf(texts(at(4, { reason: 'nothing at all' })));
  const earlier = (size: number, of = tree) => ({ size, checkpoint: of.checkpoint(size), consistency: of.consistency(size) });
  expect(await check(honest, { earlier: [earlier(3), earlier(9)] })).toMatchObject({ numbers: { log_key_signatures: 3 }, counts: { not_tied_to_machine: 1 } });
  const found = async (one: { size: number; checkpoint: string; consistency?: readonly string[] }) => failing(await check(honest, { earlier: [one] }));
  expect(await found(earlier(9, forked))).toEqual(['earlier_checkpoint_differs']);
  expect(await found({ size: 9, checkpoint: forked.checkpoint(9) })).toEqual(['earlier_checkpoint_differs']); // recomputed
  expect(await found({ ...earlier(9), consistency: [] })).toEqual(['earlier_checkpoint_differs']);
  expect(await found({ ...earlier(9), size: 8 })).toEqual(['earlier_checkpoint_not_trusted']);
  expect(await found({ ...earlier(9), checkpoint: tree.checkpoint(9, { key: OTHER_KEY }) })).toEqual(['earlier_checkpoint_not_trusted']);
});

describe("a consent in the owner's own hand", () => {
  const iso = (s: number) => new Date(START + s * 1_000).toISOString();
  const receiptOf = (over: Partial<Receipt> = {}): Receipt => ({ v: 1, ...WHOSE, agents: '*', commands: '*', cameras: '*', document_sha256: 'ab'.repeat(32), serial: 3, not_before: iso(-60), not_after: iso(86_400), ...over });
  const line = (over: Partial<Receipt> = {}, key = CONSENT_KEY) => JSON.parse(signReceipt(key, receiptOf(over))) as { key: string; receipt: Receipt; signature: string };
  const given = (over: Partial<Receipt> = {}, key = CONSENT_KEY) => { const one = line(over, key); return { serial: one.receipt.serial, ...one } as unknown as SignedReceipt; }; // its receipt is JSON
  const digest = (over: Partial<Receipt> = {}, key = CONSENT_KEY) => ({ sha256: sha256Hex(signReceipt(key, receiptOf(over))) });
  const pinned = { ...followed, last_checkpoint: undefined, highest_acted_leaf: undefined, consent_key: CONSENT_KEY.publicKeyText } as TrustFile; // the story is another one
  /** The honest story under a receipt: `changes` are to its entries. */
  const under = (over: Partial<Receipt> = {}, more: (index: number) => Record<string, unknown> = () => ({})) =>
    HONEST.map((one, i) => ([1, 5, 6].includes(i) ? { ...one, args_commit: { ...one.args_commit, receipt: digest(over), ...more(i) } } : one));
  const found = async (story: readonly Told[], receipts: readonly SignedReceipt[], trust = pinned) => { const checked = await check(texts(story), { receipts, trust }); return [...failing(checked).toSorted(), checked.numbers.receipts]; };

  test('is checked with the key in the trust file, and with no other', async () => {
    expect(await found(under(), [given()])).toEqual([1]);
    expect(await found(under(), [given()], trustFile())).toEqual(['receipt_not_checked', 0]);
    expect(await found(under(), [{ ...given(), serial: 4 }])).toEqual(['receipt_wrong', 0]);
    expect(await found(under(), [given({ commands: ['ping'] })])).toEqual(['receipt_missing', 'receipt_unfounded', 1]);
    expect(await found(under(), [])).toEqual(['receipt_missing', 0]);
    expect(failing(await check(texts(under()), { trust: pinned }))).toEqual([]); // whoever gives none is not missing any
    const other = { tenant: mustId('tenant', 'UTD_OTHER_001') };
    expect(await found(under(other), [given(other)])).toEqual(['receipt_wrong', 0]);
    expect(await found(under(), [given({}, OTHER_KEY)])).toEqual(['receipt_missing', 'receipt_unfounded', 'receipt_wrong', 0]);
  });
  test('is the one that stood when a session was opened', async () => {
    const story = under().map((one, i) => (i === 5 ? { ...one, args_commit: { ...one.args_commit, receipt: digest({ serial: 4 }) } } : one));
    expect(await found(story, [given(), given({ serial: 4 })])).toEqual(['receipt_differs', 2]);
  });

  const keys = { operator_keys: [{ kind: 'ed25519', public_key: OPERATOR_KEY.publicKeyText }] } satisfies Partial<Receipt>;
  const asked = { ...WHOSE, agent: AGENT, operator: 'ana@argus.example', reason: 'investigate alert', minutes: 30 };
  const proof = (over: Partial<typeof asked> = {}, { key = OPERATOR_KEY, s = 10, nonce = 'n'.repeat(22) } = {}) => proofInLeaf(signProof(key, { ...asked, ...over }, { nonce, timestamp: iso(s) }));
  const proved = (operator_proof: unknown) => under(keys, (i) => (i === 1 || operator_proof === undefined ? {} : { operator_proof }));
  /** Guarantee: who has the log key opens no session in the name of an operator whose key the owner named. */
  test.each<[string, unknown, readonly string[]]>([
    ['over this activation', proof(), []],
    ['which is not there', undefined, ['operator_proof_wrong']],
    ['by a key the consent does not name', proof({}, { key: OTHER_KEY }), ['operator_proof_wrong']],
    ['of another activation', proof({ minutes: 15 }), ['operator_proof_wrong']],
    ['for another operator', proof({ operator: 'bob@argus.example' }), ['operator_proof_wrong']],
    ['of another hour', proof({}, { s: -3_600 }), ['operator_proof_wrong']],
    ['that cannot be read', 'yes', ['operator_proof_wrong']],
  ])('names operators: a proof %s', async (_which, told, finds) => {
    expect(await found(proved(told), [given(keys)])).toEqual([...finds, 1]);
  });
  describe.each(PASSKEY_ALGORITHMS.flatMap((alg) => [['node:crypto', alg, nodeCrypto], ['WebCrypto', alg, webCrypto(webcrypto.subtle)]] as const))('names a passkey, checked by %s (%s):', (_by, alg, crypto) => {
    const site = { origin: 'https://argus.example', rpId: 'argus.example' };
    const named = { operator_keys: [{ kind: 'passkey', ...softKey(alg).key, rp_id: site.rpId, origins: [site.origin] }] } satisfies Partial<Receipt>;
    const touch = (over: Over = {}, minutes = 30) => {
      const when = { nonce: 'n'.repeat(22), timestamp: iso(10) };
      return proofInLeaf(passkeyProof(softKey(alg).key.public_key, createAuthenticator({ ...site, key: softKey(alg) }).assert(proofChallenge(proofText({ ...asked, minutes }, when)), over), when));
    };
    const touched = (operator_proof: string) => under(named, (i) => (i === 1 ? {} : { operator_proof }));
    test.each<[string, string, readonly string[]]>([
      ['touched for this activation', touch(), []],
      ['touched for another', touch({}, 15), ['operator_proof_wrong']],
      ['touched on the page of somebody else', touch({ origin: 'https://evil.example' }), ['operator_proof_wrong']],
      ['touched with another one', touch({ signer: freshSoftKey(alg) }), ['operator_proof_wrong']],
    ])('%s', async (_which, told, finds) => {
      const checked = await check(texts(touched(told)), { receipts: [given(named)], trust: pinned, crypto });
      expect([failing(checked), checked.numbers.receipts, checked.numbers.operator_proofs]).toEqual([finds, 1, 1 - finds.length]);
    });
    test('where no passkey can be checked, that is said', async () => {
      const { passkey: _, ...without } = nodeCrypto;
      const checked = await check(texts(touched(touch())), { receipts: [given(named)], trust: pinned, crypto: without });
      expect(failing(checked)).toEqual(['operator_proof_unchecked']);
      expect(failing(await check(texts(touched(touch({}, 15))), { receipts: [given(named)], trust: pinned, crypto: without }))).toEqual(['operator_proof_wrong']); // what it was touched for can be read
    });
  });
  test('names operators: one proof opens one session, and one that opened nothing is no offence', async () => {
    const again = [...proved(proof()), ...proved(proof()).slice(5, 7).map((one, i) => ({ ...one, s: 55 + i, session: SESSION_2, request_id: request('req_again_1'), ...(i === 1 && { answers: 15 }) }))].filter((_, i) => i !== 14).map((one) => (one.answers === 15 ? { ...one, answers: 14 } : one));
    expect(await found([...again, { ...told(12), s: 60, session: SESSION_2 }], [given(keys)])).toEqual(['operator_proof_wrong', 1]);
    const refused = proved(undefined).slice(0, 7).map((one, i) => (i === 6 ? { ...one, outcome: 'refused' as const, code: 'operator_proof_required' } : one));
    expect(await found([...refused, { ...told(12), s: 12 }], [given(keys)])).toEqual([1]);
  });
});

test('a log that is wrong everywhere is told in a few lines, and counted', async () => {
  const wrong = texts(Array.from({ length: 300 }, (_, s): Told => ({ s, type: 'tenant_created', phase: 'fact', outcome: 'ok', seq: 7 })));
  const checked = await check(wrong);
  expect(checked.counts.entry_out_of_place).toBe(299);
  expect(checked.findings.length).toBeLessThan(30);
});

test('what strangers wrote into an entry comes out plain and short', async () => {
  const checked = await check(texts(HONEST.slice(0, 8)).map((text) => text.replaceAll('ana@argus.example', `\\u001b[31m${'x'.repeat(310)}`)));
  const says = checked.findings.map((finding) => finding.says).join('\n');
  expect(says).toContain('xxx');
  expect(says).not.toContain('\u001b');
});

/** Guarantee: the length of a log costs time and not memory; what is remembered of it is bounded. */
test('entries are asked for one at a time, and none is kept', async () => {
  let isOut = 0;
  let most = 0;
  async function* oneByOne() {
    for await (const entry of entriesOf(honest)) {
      most = Math.max(most, ++isOut);
      yield entry;
      isOut--;
    }
  }
  await checkLog({ trust: followed, checkpoint: tree.checkpoint(), part: { kind: 'log' }, asOf: LATER }, oneByOne(), nodeCrypto);
  expect(most).toBe(1);
});
