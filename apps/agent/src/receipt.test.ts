import { climb } from '@argus/kit/gate.ts';
import { canonicalJson, type Json } from '@argus/kit/canonical-json.ts';
import { ok, type Result } from '@argus/kit/result.ts';
import { signProof, signReceipt } from '@argus/keys/consent.ts';
import { passkeyProof, proofChallenge } from '@argus/keys/operator-proof.ts';
import { signingKeyOf, type SigningKey } from '@argus/keys/ed25519.ts';
import { resultsKeyOf } from '@argus/keys/kept-result.ts';
import { sha256Hex } from '@argus/keys/hash.ts';
import { signValue } from '@argus/keys/signature.ts';
import type { ActivateFrame } from '@argus/protocol/frames.ts';
import { mustId } from '@argus/protocol/ids.ts';
import { keepText } from '@argus/protocol/kept.ts';
import type { Leaf } from '@argus/protocol/leaf.ts';
import { OperatorProof, PASSKEY_ALGORITHMS, proofInLeaf, proofText, type OperatorKey, type ProvedActivation } from '@argus/protocol/operator-proof.ts';
import { receiptText, valueOf, type Receipt } from '@argus/protocol/receipt.ts';
import { SIGNATURE_KINDS } from '@argus/protocol/signature.ts';
import { describe, expect, test } from 'vitest';
import { createAuthenticator, freshSoftKey, softKey, UP, UV, type Over, type SoftAuthenticator } from '../../../packages/keys/testing/authenticator.ts';
import { CONSENT_KEY, OPERATOR_KEY, PINNED, receiptOf, signedReceipt } from '../testing/memory-consent.ts';
import { AGENT, createLog, entry, IDENTITY, INSTANCE, LOG_KEY, OPERATOR, SESSION, START, TENANT, TRUST } from '../testing/signed-log.ts';
import { wakeLadder, type WakeFacts } from './admit.ts';
import { keepOf } from './consent.ts';
import type { PinnedState } from './ports.ts';
import { PROOF_FRESH_MS, remembered } from './receipt.ts';
import type { NotInLog, Place } from './witness.ts';

/** Who holds the server, the log key, and every receipt that was ever handed in wakes nobody outside what the tenant signed last. */
const frame: ActivateFrame = { type: 'activate', epoch: 1, session: SESSION, tenant: TENANT, agent: AGENT, ...createLog([' ']).place(0) };
const placed = (leaf: Leaf) => (): Result<Place, NotInLog> => ok({ leaf, leafHash: 'ab'.repeat(32), followed: createLog().followed() });

type Try = { readonly text?: string; readonly pinned?: PinnedState; readonly now?: number; readonly proof?: OperatorProof; readonly args?: Leaf['args_commit']; readonly leaf?: Partial<Leaf> };
async function waking({ text, pinned = PINNED, now = START, proof, args, leaf = {} }: Try): Promise<string> {
  const named = { minutes: 30, ...(text !== undefined && { receipt: { sha256: sha256Hex(text) } }), ...(proof && { operator_proof: proofInLeaf(proof) }), ...args };
  const facts: WakeFacts = {
    frame: { ...frame, ...(text !== undefined && { receipt: text }), ...(proof && { operator_proof: proof }) },
    trust: TRUST,
    now,
    isAwake: false,
    isOff: false,
    pinned,
    place: placed(entry(5, { at: new Date(now).toISOString(), type: 'remote_support_activation', args_commit: named, ...leaf })),
  };
  const { denial } = await climb(wakeLadder, facts);
  return denial === null ? 'awake' : `${denial.code}: ${denial.internal ?? ''}`;
}
const iso = (ms: number) => new Date(ms).toISOString();
const HOUR = 3_600_000;

test('a receipt signed with the pinned key, in its window, that the entry names, wakes it', async () => {
  expect(await waking({ text: signedReceipt() })).toBe('awake');
  expect(await waking({ text: signedReceipt({ agents: [AGENT], commands: ['ping'], cameras: [mustId('camera', 'cam_3')], hours: { time_zone: 'UTC', windows: [{ days: ['sun'], from: '12:00', to: '12:01' }] } }) })).toBe('awake');
});
test('without a pinned key no receipt is asked for, and one that comes changes nothing', async () => {
  for (const text of [undefined, 'x', signedReceipt({ agents: [] })]) expect(await waking({ ...(text !== undefined && { text }), pinned: { ...PINNED, key: null } })).toBe('awake');
});

const widened = (over: Partial<Receipt>): string => {
  const narrow = receiptOf({ agents: [mustId('agent', 'agent_somebody_else')], commands: ['ping'], cameras: [], hours: { time_zone: 'UTC', windows: [{ days: ['mon'], from: '08:00', to: '09:00' }] }, not_after: iso(START - 1), not_before: iso(START - HOUR), operator_keys: [{ kind: 'ed25519', public_key: OPERATOR_KEY.publicKeyText }] });
  return receiptText({ ...narrow, ...over }, { key: CONSENT_KEY.publicKeyText, signature: signValue(CONSENT_KEY, 'consent', valueOf(narrow)) });
};
const withoutMember = (name: string): string => {
  const signed = JSON.parse(widened({})) as { receipt: Record<string, Json> };
  return canonicalJson({ ...signed, receipt: Object.fromEntries(Object.entries(signed.receipt).filter(([key]) => key !== name)) });
};
const eve = signingKeyOf(new Uint8Array(32).fill(66));

describe('forged', () => {
  const forSomebody = (over: Partial<Receipt>, key?: SigningKey) => signedReceipt(over, key);
  test.each<[string, string | undefined, string]>([
    ['left out by the server', undefined, 'no receipt came'],
    ['empty', '', 'the receipt is'],
    ['signed with a key of the server', forSomebody({}, eve), 'another key than the one that is pinned'],
    ['signed with the log key', forSomebody({}, LOG_KEY), 'another key'],
    ['signed with the key of the machine', forSomebody({}, IDENTITY), 'another key'],
    ['signed by another key under the name of the pinned one', receiptText(receiptOf(), { key: CONSENT_KEY.publicKeyText, signature: signValue(eve, 'consent', valueOf(receiptOf())) }), 'not over what it says'],
    ...SIGNATURE_KINDS.filter((kind) => kind !== 'consent').map((kind): [string, string, string] => [`signed as ${kind}`, receiptText(receiptOf(), { key: CONSENT_KEY.publicKeyText, signature: signValue(CONSENT_KEY, kind, valueOf(receiptOf())) }), 'not over what it says']),
    ['of another installation', forSomebody({ instance: mustId('instance', `ins_${'b'.repeat(20)}`) }), 'another tenant or installation'],
    ['of another tenant', forSomebody({ tenant: mustId('tenant', 'SOMEBODY_ELSE') }), 'another tenant or installation'],
    ['for other agents', forSomebody({ agents: [mustId('agent', 'agent_somebody_else')] }), 'other agents'],
    ['for no agent', forSomebody({ agents: [] }), 'other agents'],
    ['over this very millisecond', forSomebody({ not_after: iso(START) }), 'the receipt is over'],
    ['not begun yet', forSomebody({ not_before: iso(START + 1) }), 'not valid yet'],
    ['for other hours', forSomebody({ hours: { time_zone: 'UTC', windows: [{ days: ['sun'], from: '12:01', to: '13:00' }] } }), 'other hours'],
  ])('a receipt %s wakes nobody', async (_how, text, why) => {
    const said = await waking({ ...(text !== undefined && { text }) });
    expect(said).toMatch(/^tenant_consent_required: /);
    expect(said).toContain(why);
  });

  /** Every field, one at a time: the signature is over all of them. */
  test.each<Partial<Receipt>>([
    { agents: '*' }, { agents: [AGENT] }, { commands: '*' }, { commands: ['ping', 'read_file'] }, { cameras: '*' }, { not_after: iso(START + HOUR) }, { not_before: iso(0) }, { serial: 99 }, { document_sha256: 'cd'.repeat(32) },
    { hours: { time_zone: 'UTC', windows: [{ days: ['sun'], from: '00:00', to: '24:00' }] } }, { operator_keys: [{ kind: 'ed25519', public_key: eve.publicKeyText }] }, { instance: INSTANCE, tenant: TENANT, agents: '*', not_after: iso(START + HOUR) },
  ])('widened to %j it is not signed any more', async (over) => expect(await waking({ text: widened(over) })).toMatch(/the signature of the receipt is not over what it says|ends before/));
  test.each(['hours', 'operator_keys', 'serial', 'not_after', 'agents', 'v'])('without its %s it is not signed any more, or not read', async (name) => expect(await waking({ text: withoutMember(name) })).toMatch(/not over what it says|does not fit/));
});

describe('a spelling that is not the one', () => {
  const good = signedReceipt();
  /** Signed over a value that says what the text does, in whatever way somebody writes it. */
  const signedAs = (value: Json): string => canonicalJson({ key: CONSENT_KEY.publicKeyText, receipt: value, signature: signValue(CONSENT_KEY, 'consent', value) });
  const value = valueOf(receiptOf()) as Record<string, Json>;
  test.each<[string, string]>([
    ['a space', good.replace('":', '": ')],
    ['a line break after it', `${good}\n`],
    ['a byte order mark before it', `\ufeff${good}`],
    ['its members in another order', JSON.stringify(JSON.parse(good), ['signature', 'receipt', 'key', ...Object.keys(value)])],
    ['a member twice, the second wider', good.replace('"agents":"*"', '"agents":[],"agents":"*"')],
    ['an escape that is not needed', good.replace('"tenant"', '"\\u0074enant"')],
    ['a number in another spelling', good.replace('"serial":10', '"serial":10.0')],
    ['a number with an exponent', good.replace('"serial":10', '"serial":1e1')],
    ['a member of a later version beside it', canonicalJson({ ...(JSON.parse(good) as Record<string, Json>), later: 1 })],
  ])('%s, with a valid signature, is not read', async (_how, text) => {
    expect(text).not.toBe(good);
    expect(await waking({ text })).toMatch(/^tenant_consent_required: /);
  });
  test.each<[string, Json]>([
    ['a field of a later version', { ...value, except: ['2026-12-24'] }],
    ['a member named __proto__', JSON.parse(JSON.stringify(value).replace('{', '{"__proto__":{"agents":"*"},')) as Json],
    ['a tenant in letters that look alike', { ...value, tenant: TENANT.replace('E', '\u0415') }],
    ['a tenant with a zero-width space', { ...value, tenant: `${TENANT}\u200b` }],
    ['an agent in full-width letters', { ...value, agents: [AGENT.replace('a', '\uff41')] }],
    ['an agent decomposed', { ...value, agents: ['agent_caf\u0065\u0301'] }],
    ['a star that looks like one', { ...value, agents: '\uff0a' }],
    ['a star in a list', { ...value, agents: ['*'] }],
    ['an agent twice', { ...value, agents: [AGENT, AGENT] }],
    ['a serial that is no whole number', { ...value, serial: 10.5 }],
    ['a serial beyond what can be counted', { ...value, serial: 2 ** 53 }],
    ['a serial that is text', { ...value, serial: '10' }],
    ['no serial', { ...value, serial: 0 }],
    ['a time with an offset', { ...value, not_after: '2099-01-01T00:00:00.000+01:00' }],
    ['a time without milliseconds', { ...value, not_after: '2099-01-01T00:00:00Z' }],
    ['a window that ends before it begins', { ...value, not_after: value['not_before'] ?? '' }],
    ['a key of a kind that is not known', { ...value, operator_keys: [{ kind: 'webauthn', public_key: OPERATOR_KEY.publicKeyText }] }],
    ['a list of operators with nobody on it', { ...value, operator_keys: [] }],
    ['another version', { ...value, v: 2 }],
  ])('%s, signed with the pinned key itself, is not read', async (_how, signed) => expect(await waking({ text: signedAs(signed) })).toMatch(/^tenant_consent_required: the receipt does not fit/));
});

describe('what was seen is not forgotten', () => {
  const seen = (serial: number, text = signedReceipt({ serial })): PinnedState => ({ ...PINNED, highest: { serial, sha256: sha256Hex(text) } });
  test('a lower serial than the highest ever seen wakes nobody', async () => {
    expect(await waking({ text: signedReceipt({ serial: 9 }), pinned: seen(10) })).toContain('a newer receipt was seen');
    expect(await waking({ text: signedReceipt({ serial: 10 }), pinned: seen(10) })).toBe('awake');
    expect(await waking({ text: signedReceipt({ serial: 11 }), pinned: seen(10) })).toBe('awake');
  });
  test('a second receipt of the same serial wakes nobody: one serial names one receipt', async () =>
    expect(await waking({ text: signedReceipt({ serial: 10, commands: ['ping'] }), pinned: seen(10) })).toContain('another receipt of this serial'));
  test('a revoked serial wakes nobody, and neither does one below it', async () => {
    for (const serial of [1, 9, 10]) expect(await waking({ text: signedReceipt({ serial }), pinned: { ...PINNED, revokedThrough: 10 } })).toContain('revoked on this machine');
    expect(await waking({ text: signedReceipt({ serial: 11 }), pinned: { ...PINNED, revokedThrough: 10 } })).toBe('awake');
  });
  test('a receipt of the key that was pinned before wakes nobody', async () =>
    expect(await waking({ text: signedReceipt({ serial: 99 }), pinned: { ...PINNED, key: eve.publicKeyText } })).toContain('another key'));
  test('what is remembered never goes down, and the same again is nothing new', () => {
    const known = remembered(PINNED, { serial: 10, sha256: 'a' }, START);
    expect(known.highest).toEqual({ serial: 10, sha256: 'a' });
    for (const serial of [1, 10]) expect(remembered(known, { serial, sha256: 'b' }, START)).toBe(known);
    const used = remembered(known, { serial: 10, sha256: 'a', proof: { sha256: 'p', until: START + 1 } }, START);
    expect(remembered(used, { serial: 10, sha256: 'a', proof: { sha256: 'q', until: START + 9 } }, START + 1).proofs.map(({ sha256 }) => sha256)).toEqual(['p', 'q']);
    expect(remembered(used, { serial: 10, sha256: 'a', proof: { sha256: 'q', until: START + 9 } }, START + 2).proofs.map(({ sha256 }) => sha256)).toEqual(['q']);
  });
});

test.each<[string, Leaf['args_commit']]>([
  ['another receipt', { minutes: 30, receipt: { sha256: 'ab'.repeat(32) } }],
  ['no receipt', { minutes: 30 }],
  ['a receipt by a mere word', { minutes: 30, receipt: 'yes' }],
])('an entry that names %s wakes nobody: what a session stood on can be read in the log', async (_what, args_commit) =>
  expect(await waking({ text: signedReceipt(), leaf: { args_commit } })).toContain('the entry does not name this receipt'));

describe('where the receipt names operators', () => {
  const keys = [{ kind: 'ed25519' as const, public_key: OPERATOR_KEY.publicKeyText }];
  const text = signReceipt(CONSENT_KEY, receiptOf({ operator_keys: keys }));
  const asked: ProvedActivation = { instance: INSTANCE, tenant: TENANT, agent: AGENT, operator: OPERATOR, reason: 'investigate alert', minutes: 30 };
  const fresh = { nonce: 'n'.repeat(22), timestamp: iso(START) };
  const proof = (over: Partial<ProvedActivation> = {}, key = OPERATOR_KEY, how = fresh) => signProof(key, { ...asked, ...over }, how);

  test('a proof by one of them, over what the log says, wakes it', async () => expect(await waking({ text, proof: proof() })).toBe('awake'));
  test.each<[string, Partial<ProvedActivation>]>([
    ['another installation', { instance: mustId('instance', `ins_${'b'.repeat(20)}`) }],
    ['another tenant', { tenant: mustId('tenant', 'SOMEBODY_ELSE') }],
    ['another agent', { agent: mustId('agent', 'agent_somebody_else') }],
    ['another operator', { operator: 'eve@argus.example' }],
    ['another reason', { reason: 'investigate alerts' }],
    ['another time box', { minutes: 29 }],
  ])('a proof for %s wakes nobody', async (_what, over) => expect(await waking({ text, proof: proof(over) })).toContain('operator_proof_required: the signature of the proof'));
  test.each<[string, Omit<Try, 'text'>, string]>([
    ['none', {}, 'none came'],
    ['one by a key the receipt does not name', { proof: proof({}, eve) }, 'a key the receipt does not name'],
    ['one by the consent key', { proof: proof({}, CONSENT_KEY) }, 'a key the receipt does not name'],
    ['one with another nonce than was signed', { proof: { ...proof(), nonce: 'm'.repeat(22) } }, 'the signature of the proof'],
    ['one with another time than was signed', { proof: { ...proof(), timestamp: iso(START + 1) } }, 'the signature of the proof'],
    ['one of another key under the name of the right one', { proof: { ...proof({}, eve), public_key: OPERATOR_KEY.publicKeyText } }, 'the signature of the proof'],
    ['one that is too old', { proof: proof({}, OPERATOR_KEY, { ...fresh, timestamp: iso(START - PROOF_FRESH_MS - 1) }) }, 'too old'],
    ['one from the future', { proof: proof({}, OPERATOR_KEY, { ...fresh, timestamp: iso(START + PROOF_FRESH_MS + 1) }) }, 'too old'],
    ['one the entry does not carry', { proof: proof(), args: { operator_proof: 'another' } }, 'the entry does not carry this proof'],
    ['one whose digest alone is in the entry', { proof: proof(), args: { operator_proof: { sha256: 'ab'.repeat(32) } } }, 'the entry does not carry this proof'],
  ])('%s wakes nobody', async (_what, how, why) => expect(await waking({ text, ...how })).toMatch(new RegExp(`^operator_proof_required: .*${why}`)));
  test('a proof signed as any other kind wakes nobody', async () => {
    const value = { v: 1, ...asked, ...fresh };
    for (const kind of SIGNATURE_KINDS.filter((one) => one !== 'operator-proof')) expect(await waking({ text, proof: { ...proof(), signature: signValue(OPERATOR_KEY, kind, value) } })).toContain('the signature of the proof');
  });
});

describe('where the receipt names operators by passkey', () => {
  const site = { origin: 'https://argus.example', rpId: 'argus.example' };
  const soft = createAuthenticator(site);
  const named: OperatorKey = { kind: 'passkey', ...soft.key.key, rp_id: site.rpId, origins: [site.origin] };
  const text = signReceipt(CONSENT_KEY, receiptOf({ operator_keys: [named] }));
  const asked: ProvedActivation = { instance: INSTANCE, tenant: TENANT, agent: AGENT, operator: OPERATOR, reason: 'investigate alert', minutes: 30 };
  const fresh = { nonce: 'n'.repeat(22), timestamp: iso(START) };
  type How = { readonly over?: Partial<ProvedActivation>; readonly by?: SoftAuthenticator; readonly made?: Over; readonly how?: typeof fresh };
  const proof = ({ over = {}, by = soft, made = {}, how = fresh }: How = {}) => passkeyProof(by.key.key.public_key, by.assert(proofChallenge(proofText({ ...asked, ...over }, how)), made), how);

  test('a touch of it, over what the log says, wakes it', async () => expect(await waking({ text, proof: proof() })).toBe('awake'));
  test('so does one of every kind of passkey', async () => {
    for (const alg of PASSKEY_ALGORITHMS) {
      const by = createAuthenticator({ ...site, key: softKey(alg) });
      const of = signReceipt(CONSENT_KEY, receiptOf({ operator_keys: [{ ...named, ...by.key.key }] }));
      expect(await waking({ text: of, proof: proof({ by }) }), alg).toBe('awake');
    }
  });
  test.each<[string, Partial<ProvedActivation>]>([
    ['another installation', { instance: mustId('instance', `ins_${'b'.repeat(20)}`) }],
    ['another tenant', { tenant: mustId('tenant', 'SOMEBODY_ELSE') }],
    ['another agent', { agent: mustId('agent', 'agent_somebody_else') }],
    ['another operator', { operator: 'eve@argus.example' }],
    ['another reason', { reason: 'investigate alerts' }],
    ['another time box', { minutes: 29 }],
  ])('a touch for %s wakes nobody', async (_what, over) => expect(await waking({ text, proof: proof({ over }) })).toMatch(/^operator_proof_required: .*the challenge/));
  test.each<[string, () => OperatorProof, string]>([
    ['by a passkey the receipt does not name', () => proof({ by: createAuthenticator({ ...site, key: freshSoftKey() }) }), 'a key the receipt does not name'],
    ['by another passkey under the name of the right one', () => ({ ...proof({ made: { signer: freshSoftKey() } }), public_key: soft.key.key.public_key }), 'the signature'],
    ['by an Ed25519 key under the name of the passkey', () => ({ ...signProof(OPERATOR_KEY, asked, fresh), public_key: soft.key.key.public_key }), 'a key the receipt does not name'],
    ['on a page of the server that the receipt does not name', () => proof({ made: { origin: 'https://console.argus.example' } }), 'the origin'],
    ['on a page that looks like it', () => proof({ made: { origin: 'https://argus.example.evil.test' } }), 'the origin'],
    ['for another site', () => proof({ made: { rpId: 'evil.test' } }), 'another site'],
    ['without a finger or a PIN', () => proof({ made: { flags: UP } }), 'did not verify'],
    ['without a touch', () => proof({ made: { flags: UV } }), 'nobody touched'],
    ['with extensions nobody asked for', () => proof({ made: { extensions: new Map([['x', 1]]) } }), 'more than was asked'],
    ['with something behind its end', () => proof({ made: { trailing: new Uint8Array(1) } }), 'more than was asked'],
    ['with a flag of a later day', () => proof({ made: { flags: UP | UV | 0x02 } }), 'more than was asked'],
    ['that was cut off', () => ({ ...proof(), authenticator_data: 'AAAA' }), 'or less'],
    ['inside somebody else’s page', () => proof({ made: { client: { crossOrigin: true } } }), 'inside a page'],
    ['made as a new passkey', () => proof({ made: { type: 'webauthn.create' } }), 'another ceremony'],
    ['with another nonce than was signed', () => ({ ...proof(), nonce: 'm'.repeat(22) }), 'the challenge'],
    ['with another time than was signed', () => ({ ...proof(), timestamp: iso(START + 1) }), 'the challenge'],
    ['that is too old', () => proof({ how: { ...fresh, timestamp: iso(START - PROOF_FRESH_MS - 1) } }), 'too old'],
  ])('a touch %s wakes nobody', async (_what, made, why) => expect(await waking({ text, proof: made() })).toMatch(new RegExp(`^operator_proof_required: .*${why}`)));
  test('a touch the entry does not carry wakes nobody', async () => expect(await waking({ text, proof: proof(), args: { operator_proof: 'another' } })).toContain('the entry does not carry this proof'));
  test('the proof brings its own pages in vain: only those the tenant signed count', async () => {
    const elsewhere = { ...proof({ made: { origin: 'https://evil.test', rpId: 'evil.test' } }), rp_id: 'evil.test', origins: ['https://evil.test'] };
    expect(OperatorProof.safeParse(elsewhere).success).toBe(false);
    expect(await waking({ text, proof: proof({ made: { origin: 'https://evil.test', rpId: 'evil.test' } }) })).toContain('the origin');
  });
  test.each<[string, Record<string, Json>]>([
    ['with a page of another site', { origins: ['https://evil.test'] }],
    ['with a page that ends like its site', { origins: ['https://evilargus.example'] }],
    ['with a page without TLS', { origins: ['http://argus.example'] }],
    ['with no page', { origins: [] }],
    ['with an address for a site', { rp_id: '192.0.2.1', origins: ['https://192.0.2.1'] }],
    ['of an algorithm that is not known', { alg: 'ES512' }],
    ['with a field that is not known', { aaguid: '00' }],
  ])('a receipt that names a passkey %s is not read', async (_how, over) => {
    const value = { ...valueOf(receiptOf()) as Record<string, Json>, operator_keys: [{ ...named, ...over }] } as Record<string, Json>;
    const signed = canonicalJson({ key: CONSENT_KEY.publicKeyText, receipt: value, signature: signValue(CONSENT_KEY, 'consent', value) });
    expect(await waking({ text: signed })).toMatch(/^tenant_consent_required: the receipt does not fit/);
  });
});

describe('results that are kept', () => {
  const key = (n: number): string => resultsKeyOf(new Uint8Array(32).fill(n)).publicKeyText;
  const [mine, servers] = [{ key: key(5), days: 30 }, { key: key(6), days: 30 }];
  const said = (text: unknown): Leaf => entry(5, { type: 'remote_support_activation', args_commit: { minutes: 30, ...(typeof text === 'string' && { keep_results: text }) } });

  /** Guarantee: where the owner pinned a key, the server neither has results kept nor chooses who reads them. */
  test.each<[string, Leaf, Pick<Receipt, 'keep_results'> | null, typeof mine | null]>([
    ['the receipt and the entry say so', said(keepText(mine)), { keep_results: mine }, mine],
    ['only the entry says so', said(keepText(mine)), {}, null],
    ['the entry names another key than the receipt', said(keepText(servers)), { keep_results: mine }, null],
    ['the entry says for longer than the receipt', said(keepText({ ...mine, days: 31 })), { keep_results: mine }, null],
    ['only the receipt says so, and whoever reads the log would not know', said(undefined), { keep_results: mine }, null],
    ['no key is pinned, and the entry says so', said(keepText(mine)), null, mine],
    ['no key is pinned, and the entry says nothing', said(undefined), null, null],
    ['the entry cannot be read', said('{"days":0,"key":"x"}'), null, null],
    ['the entry says more than is known', said(keepText(mine).replace('{', '{"also":1,')), null, null],
    ['the entry has another spelling', said(keepText(mine).replace(':', ': ')), null, null],
  ])('where %s', (_where, leaf, receipt, keeps) => expect(keepOf(leaf, receipt)).toEqual(keeps));
});
