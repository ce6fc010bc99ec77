import { createPrivateKey } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { concatBytes, fromBase64, fromUtf8, toBase64, toHex, utf8 } from '@argus/kit/bytes.ts';
import { canonicalJson, type Json } from '@argus/kit/canonical-json.ts';
import { commitArgs } from '@argus/protocol/args-commit.ts';
import { classes } from '@argus/protocol/classify.ts';
import { envelopeMacInput, type Direction } from '@argus/protocol/envelope.ts';
import { Hello, helloMacInput, Welcome, welcomeMacInput } from '@argus/protocol/handshake.ts';
import { mustId } from '@argus/protocol/ids.ts';
import { keepText, keptContext, signedKept, type KeptOf } from '@argus/protocol/kept.ts';
import { Leaf, leafText, parseLeaf } from '@argus/protocol/leaf.ts';
import { proofInLeaf, proofProblem, proofText, type PasskeyOperatorKey, type ProvedActivation } from '@argus/protocol/operator-proof.ts';
import { isSigned, readReceipt, type Receipt } from '@argus/protocol/receipt.ts';
import { SIGNATURE_KINDS, signedText, type SignatureKind } from '@argus/protocol/signature.ts';
import { z } from 'zod';
import { expect, test } from 'vitest';
import { createAuthenticator, softKeyOf } from '../testing/authenticator.ts';
import { signP256 } from '../testing/rfc6979.ts';
import { envelopeKeys, helloMac, opener, sealer, welcomeMac } from './channel.ts';
import { keyFingerprint, signProof, signReceipt } from './consent.ts';
import { signingKeyOf, verifyText } from './ed25519.ts';
import { sha256 } from './hash.ts';
import { keptAgain, keptReply, newContentKey, openResult, resultsKeyOf, sealResult } from './kept-result.ts';
import { passkeyProof, proofChallenge, PROOF_CRYPTO } from './operator-proof.ts';
import { signValue, verifyValue } from './signature.ts';

/**
 * The published test vectors, described in protocol/vectors/README.md: fixed inputs, and what this code makes of them.
 * Verifiers in other languages are held to the files, so a difference here is a break of the format, not of a test.
 */
const folder = '../../protocol/vectors/';
const publish = async (file: string, vectors: unknown) =>
  expect(`${JSON.stringify(vectors, null, 2)}\n`).toMatchFileSnapshot(`${folder}${file}`);

/** `first`, `first + 1`, …: bytes everybody can write down. */
const run = (first: number, length = 32) => Uint8Array.from({ length }, (_, i) => first + i);
const noMac = toBase64(new Uint8Array(32));

const instance = 'ins_aaaaaaaaaaaaaaaaaaaa';
const tenant = 'SHOP_BERLIN';
const agent = 'agent_lobby_01';
const session = 'rss_bbbbbbbbbbbbbbbbbbbb';
const request_id = 'req_cccccccccccccccccccc';
const at = '2026-11-21T09:00:00.000Z';
const digest = (text: string) => toHex(sha256(utf8(text)));

const passkey = run(0);
const helloFields = {
  v: 1,
  agent,
  tenant,
  nonce_a: 'AAECAwQFBgcICQoLDA0ODw',
  timestamp: at,
  protocol: 1,
  agent_version: '0.1.0',
  log_size: 42,
  log_root: toBase64(run(0x40)),
};
const welcomeFields = {
  v: 1,
  connection: 'con_dddddddddddddddddddd',
  nonce_s: 'EBESExQVFhcYGRobHB0eHw',
  heartbeat_s: 30,
  max_frame: 524_288,
  server_time: '2026-11-21T09:00:00.100Z',
};
const h1 = Hello.parse({ type: 'h1', ...helloFields, mac: noMac });
const h2 = Welcome.parse({ type: 'h2', ...welcomeFields, mac: noMac });
const h1Text = JSON.stringify({ ...h1, mac: helloMac(passkey, h1) });
const h2Text = JSON.stringify({ ...h2, mac: welcomeMac(passkey, h2, h1.nonce_a) });

test('the published handshake is the one we speak', () =>
  publish('handshake.json', {
    passkey: toHex(passkey),
    h1: { fields: helloFields, mac_input: helloMacInput(h1), mac: helloMac(passkey, h1), text: h1Text },
    h2: {
      fields: welcomeFields,
      nonce_a: h1.nonce_a,
      mac_input: welcomeMacInput(h2, h1.nonce_a),
      mac: welcomeMac(passkey, h2, h1.nonce_a),
      text: h2Text,
    },
  }));

test('the published envelopes are the ones we seal and open', () => {
  const keys = envelopeKeys(passkey, h1Text, h2Text);
  const frames: Record<Direction, string[]> = {
    up: ['{"type":"heartbeat","counters":{"dropped":0,"refused":0,"unread":0,"commands":0}}', '"Größe" 💡\n'],
    down: ['{"type":"move"}', '{"type":"pace","retry_after_s":30}'],
  };
  const sealed = (['up', 'down'] as const).flatMap((direction) => {
    const seal = sealer(keys[direction]);
    return frames[direction].map((frame, seq) => {
      const text = seal(frame);
      const mac: unknown = JSON.parse(text).mac;
      return { direction, seq, frame, mac_input: toHex(envelopeMacInput(seq, frame)), mac, text };
    });
  });
  const open = { up: opener(keys.up), down: opener(keys.down) };
  expect(sealed.map(({ direction, text }) => open[direction](text))).toEqual(sealed.map(({ frame }) => frame));
  return publish('envelope.json', {
    passkey: toHex(passkey),
    h1_text: h1Text,
    h2_text: h2Text,
    transcript_sha256: toHex(sha256(concatBytes(sha256(utf8(h1Text)), sha256(utf8(h2Text))))),
    keys: { up: toHex(keys.up), down: toHex(keys.down) },
    frames: sealed,
  });
});

/** One value per kind. Where the code has no shape for it yet, the shape is the one of the specification. */
const signedValues: Record<SignatureKind, Json> = {
  enroll: { code_sha256: digest('enr_…'), public_key: signingKeyOf(run(0)).publicKeyText, at },
  reply: {
    instance,
    tenant,
    agent,
    session,
    request_id,
    leaf_hash: digest('leaf'),
    result_sha256: digest('{}'),
    at,
    ok: true,
  },
  end: { instance, tenant, agent, session, how: 'owner_stopped', at },
  consent: {
    v: 1,
    instance,
    tenant,
    agents: '*',
    commands: ['ping', 'agent_info'],
    cameras: ['cam_1'],
    document_sha256: digest('the consent, page 1 of 1'),
    serial: 1,
    not_before: at,
    not_after: '2027-11-21T09:00:00.000Z',
  },
  patch: {
    v: 1,
    id: 'patch-0001',
    agent,
    files: [
      { path: 'config.yaml', sha256: digest('streams: 4\n'), size: 11, content_base64: toBase64(utf8('streams: 4\n')) },
    ],
    not_before: at,
    not_after: '2026-11-22T09:00:00.000Z',
    note: 'Größe 💡, "quoted"\n',
  },
  'operator-proof': { v: 1, instance, tenant, agent, operator: 'jo@example.org', reason: 'the till prints nothing', minutes: 30, nonce: 'AAECAwQFBgcICQoLDA0ODw', timestamp: at },
  kept: { v: 1, instance, tenant, agent, session, request_id, result_sha256: digest('{}'), key: toBase64(run(0x70)), sealed_sha256: digest('sealed') },
  'log-rotation': {
    instance,
    old_key: signingKeyOf(run(0)).publicKeyText,
    new_key: signingKeyOf(run(1)).publicKeyText,
    at,
  },
};

test('the published signatures are the ones we make, each under a key of its own', () => {
  const vectors = SIGNATURE_KINDS.map((kind, i) => {
    const seed = run(i);
    const { publicKeyText } = signingKeyOf(seed);
    const value = signedValues[kind];
    const signature = signValue(signingKeyOf(seed), kind, value);
    expect(verifyValue(publicKeyText, kind, value, signature)).toBe(true);
    return {
      kind,
      seed: toHex(seed),
      public_key: publicKeyText,
      value,
      signed_text: signedText(kind, value),
      signature,
    };
  });
  return publish('signatures.json', vectors);
});

const leaves = [
  { v: 1, instance, seq: 0, at, type: 'pat_created', phase: 'fact', by: 'server' },
  {
    v: 1,
    instance,
    tenant,
    seq: 41,
    at,
    type: 'remote_support_command',
    phase: 'intent',
    agent,
    session,
    operator: 'jo@example.org',
    request_id,
    command: 'tail_log',
    args_commit: { path: { sha256: digest('a path') }, lines: 20, follow: false, level: 'Größe 💡 "é" \u2028' },
    reason: 'the till prints nothing',
    by: 'operator',
  },
  {
    v: 1,
    instance,
    tenant,
    seq: 42,
    at: '2026-11-21T09:00:01.000Z',
    type: 'remote_support_command',
    phase: 'outcome',
    agent,
    session,
    request_id,
    command: 'tail_log',
    outcome: 'refused',
    code: 'path_not_allowlisted',
    by: 'agent',
    intent_sha256: digest('intent'),
    result_sha256: digest(''),
    agent_at: at,
    agent_signature: signValue(signingKeyOf(run(0)), 'reply', signedValues.reply),
  },
  {
    v: 1,
    instance,
    tenant,
    seq: 43,
    at,
    type: 'remote_support_activation',
    phase: 'intent',
    agent,
    session,
    operator: 'Jo@example.org',
    request_id,
    args_commit: { minutes: 30 },
    reason: 'the till prints nothing',
    by: 'operator',
    access_identity: 'jo@example.org',
  },
];

test('the published leaves are the ones we write, and the published impostors the ones we refuse', () => {
  const taken = leaves.map((fields) => {
    const text = leafText(Leaf.parse(fields));
    return { fields, text, leaf_hash: toHex(sha256(concatBytes(Uint8Array.of(0x00), utf8(text)))) };
  });
  const text = taken[0]?.text ?? '';
  const refused = [
    { why: 'a space', text: text.replace(':', ': ') },
    { why: 'a line break at the end', text: `${text}\n` },
    { why: 'members in another order', text: JSON.stringify(leaves[0]) },
    { why: 'a member twice', text: text.replace('"seq":0', '"seq":0,"seq":0') },
    { why: 'a number in another spelling', text: text.replace('"seq":0', '"seq":0.0') },
    { why: 'an escape that is not needed', text: text.replace('server', '\\u0073erver') },
    { why: 'an unknown phase', text: text.replace('"fact"', '"maybe"') },
    { why: 'another version', text: text.replace('"v":1', '"v":2') },
  ];
  for (const { why, text: impostor } of refused) expect(parseLeaf(impostor).ok, why).toBe(false);
  return publish('leaf.json', { taken, refused });
});

const argsSchema = z.object({
  lines: z.int().register(classes, { class: 'public' }),
  follow: z.boolean().register(classes, { class: 'public' }),
  columns: z.array(z.string()).register(classes, { class: 'public' }),
  path: z.string().register(classes, { class: 'sensitive' }),
  token: z.string().register(classes, { class: 'secret' }),
});

test('the published commitments to arguments are the ones we make', () => {
  const args = { lines: 20, follow: true, columns: ['at', 'text'], path: 'Größe 💡.log', token: 'hunter2' };
  const salt = run(0, 16);
  const commit = commitArgs(argsSchema, args, { salt, sha256 });
  const inClear = Object.keys(args).filter((name) => typeof commit[name] !== 'object');
  const hashedTexts = Object.fromEntries(
    Object.entries(args)
      .filter(([name]) => !inClear.includes(name))
      .map(([name, value]) => [name, canonicalJson({ [name]: value })]),
  );
  for (const [name, hashed] of Object.entries(hashedTexts))
    expect(commit[name]).toEqual({ sha256: toHex(sha256(concatBytes(salt, utf8(hashed)))) });
  return publish('args_commit.json', {
    salt: toHex(salt),
    salt_on_wire: toBase64(salt),
    args,
    in_clear: inClear,
    hashed_texts: hashedTexts,
    args_commit: commit,
  });
});

/** A passkey whose every byte is the same each time: fixed key, and the nonce of RFC 6979. */
function vectorPasskey() {
  const secret = run(0x62);
  const sec1 = Buffer.concat([Buffer.from('30310201010420', 'hex'), secret, Buffer.from('a00a06082a8648ce3d030107', 'hex')]);
  const key = softKeyOf('ES256', createPrivateKey({ key: sec1, format: 'der', type: 'sec1' }));
  const site = { origin: 'https://argus.example', rpId: 'argus.example' };
  const operatorKey: PasskeyOperatorKey = { kind: 'passkey', ...key.key, rp_id: site.rpId, origins: [site.origin] };
  return { operatorKey, soft: createAuthenticator({ ...site, key: { ...key, sign: (message) => signP256(secret, message) } }) };
}

/** A receipt as it travels, and a proof of an operator over an activation: texts and bytes, to the last one. */
test('the published receipts are the ones we sign and read, and the published impostors the ones we refuse', () => {
  const [tenantKey, operatorKey] = [signingKeyOf(run(0x60)), signingKeyOf(run(0x61))];
  const receipt: Receipt = {
    v: 1,
    instance: mustId('instance', instance),
    tenant: mustId('tenant', tenant),
    agents: [mustId('agent', agent)],
    commands: ['ping', 'tail_log'],
    cameras: '*',
    hours: { time_zone: 'Europe/Berlin', windows: [{ days: ['mon', 'fri'], from: '08:00', to: '18:00' }] },
    document_sha256: digest('the consent, page 1 of 1'),
    serial: 1_795_251_600,
    not_before: at,
    not_after: '2027-11-21T09:00:00.000Z',
    operator_keys: [{ kind: 'ed25519', public_key: operatorKey.publicKeyText }],
  };
  const taken = [receipt, { ...receipt, agents: '*' as const, commands: '*' as const, hours: undefined, operator_keys: undefined }, { ...receipt, hours: undefined, operator_keys: [vectorPasskey().operatorKey] }].map((one) => {
    const text = signReceipt(tenantKey, one);
    const read = readReceipt(text);
    if (!read.ok) throw new Error(read.error);
    expect(isSigned(read.value, verifyText)).toBe(true);
    const signed_text = signedText('consent', read.value.signed);
    return { receipt: read.value.signed, signed_text, signed_bytes: toHex(utf8(signed_text)), signature: toHex(fromBase64(read.value.signature) ?? new Uint8Array()), text, text_sha256: digest(text) };
  });
  const text = taken[0]?.text ?? '';
  const refused = [
    { why: 'a space', text: text.replace('":', '": ') },
    { why: 'a line break at the end', text: `${text}\n` },
    { why: 'members in another order', text: JSON.stringify(JSON.parse(text), ['signature', 'key', 'receipt']) },
    { why: 'a member twice', text: text.replace('"serial":', '"serial":1,"serial":') },
    { why: 'an escape that is not needed', text: text.replace('SHOP', '\\u0053HOP') },
    { why: 'a field that is not known', text: text.replace('"v":1', '"v":1,"w":1') },
    { why: 'another version', text: text.replace('"v":1', '"v":2') },
    { why: 'a time in another spelling', text: text.replace('2027-11-21T09:00:00.000Z', '2027-11-21T09:00:00Z') },
  ];
  for (const { why, text: impostor } of refused) expect(readReceipt(impostor).ok, why).toBe(false);
  const asked: ProvedActivation = { instance: receipt.instance, tenant: receipt.tenant, agent: mustId('agent', agent), operator: 'jo@example.org', reason: 'the till prints nothing', minutes: 30 };
  const proof = signProof(operatorKey, asked, { nonce: 'AAECAwQFBgcICQoLDA0ODw', timestamp: at });
  expect(proofProblem(proof, { keys: receipt.operator_keys ?? [], asked, ...PROOF_CRYPTO })).toBeNull();
  const passkey = vectorPasskey();
  const passkeyText = proofText(asked, proof);
  const byPasskey = passkeyProof(passkey.operatorKey.public_key, passkey.soft.assert(proofChallenge(passkeyText)), proof);
  expect(proofProblem(byPasskey, { keys: [passkey.operatorKey], asked, ...PROOF_CRYPTO })).toBeNull();
  const signed_text = proofText(asked, proof);
  return publish('receipt.json', {
    consent_seed: toHex(run(0x60)),
    consent_public_key: toHex(tenantKey.publicKey),
    key_fingerprint: keyFingerprint(tenantKey.publicKeyText),
    taken,
    refused,
    operator_proof: { operator_seed: toHex(run(0x61)), operator_public_key: toHex(operatorKey.publicKey), asked, signed_text, signed_bytes: toHex(utf8(signed_text)), activation_sha256: digest(signed_text), proof, in_leaf: proofInLeaf(proof) },
    passkey_proof: {
      operator_key: passkey.operatorKey,
      asked,
      signed_text: passkeyText,
      challenge_sha256: toHex(proofChallenge(passkeyText)),
      authenticator_data: toHex(fromBase64(byPasskey.authenticator_data) ?? new Uint8Array()),
      client_data: fromUtf8(fromBase64(byPasskey.client_data) ?? new Uint8Array()),
      proof: byPasskey,
      in_leaf: proofInLeaf(byPasskey),
    },
  });
});

/** A result as it is kept for a tenant: sealed, signed by the machine, and opened again; and what does not open. */
test('the published kept results are the ones we seal and open, and the published impostors the ones that stay shut', () => {
  const [mine, machine, stranger] = [resultsKeyOf(run(0x70)), signingKeyOf(run(0)), resultsKeyOf(run(0x72))];
  const ephemeralSecret = run(0x71);
  const of = (text: string): KeptOf => ({ instance: mustId('instance', instance), tenant: mustId('tenant', tenant), agent: mustId('agent', agent), session: mustId('session', session), request_id: mustId('request', request_id), result_sha256: digest(text) });
  const taken = ['{"pong":true}', '{"text":"Größe 💡"}'].map((text) => {
    const sealing = { tenantKey: mine.publicKeyText, text, of: of(text), random: () => ephemeralSecret };
    const [said, content] = [keptReply(machine, sealing), newContentKey(mine.publicKeyText, () => ephemeralSecret)];
    if (!said || !content) throw new Error('it was not sealed');
    const sealed = sealResult(content, text, of(text));
    expect(keptAgain(machine.publicKeyText, said, { text, of: of(text) })).toMatchObject({ sealed, sha256: said.sealed_sha256 });
    expect(openResult(mine, sealed, of(text))).toBe(text);
    return { of: of(text), text, context: keptContext(of(text)), ephemeral_secret: toHex(ephemeralSecret), content_key: toHex(content.key), sealed: toHex(sealed), sealed_sha256: said.sealed_sha256, signed_text: signedText('kept', signedKept(of(text), said)), signature: said.signature };
  });
  const [first, second] = taken;
  if (!first || !second) throw new Error('nothing was sealed');
  const flipped = `${first.sealed.slice(0, -2)}${first.sealed.endsWith('00') ? '01' : '00'}`;
  const secret = toHex(mine.secret);
  const refused = [
    { why: 'another key', secret: toHex(stranger.secret), sealed: first.sealed, context: first.context },
    { why: 'changed in its last byte', secret, sealed: flipped, context: first.context },
    { why: 'changed in its ephemeral key', secret, sealed: `00${first.sealed.slice(2)}`, context: first.context },
    { why: 'cut short', secret, sealed: first.sealed.slice(0, -2), context: first.context },
    { why: 'in the place of another result', secret, sealed: first.sealed, context: second.context },
    { why: 'of another request', secret, sealed: first.sealed, context: first.context.replace(request_id, 'req_dddddddddddddddddddd') },
    { why: 'of another session', secret, sealed: first.sealed, context: first.context.replace(session, 'rss_cccccccccccccccccccc') },
    { why: 'of another tenant', secret, sealed: first.sealed, context: first.context.replace(tenant, 'SHOP_MUNICH') },
    { why: 'of another installation', secret, sealed: first.sealed, context: first.context.replace(instance, 'ins_bbbbbbbbbbbbbbbbbbbb') },
  ];
  for (const one of refused) expect(openResult(resultsKeyOf(Buffer.from(one.secret, 'hex')), Buffer.from(one.sealed, 'hex'), JSON.parse(one.context) as KeptOf), one.why).toBeNull();
  const receipt = signReceipt(signingKeyOf(run(0x60)), {
    v: 1, instance: of('').instance, tenant: of('').tenant, agents: '*', commands: '*', cameras: '*', document_sha256: digest('the consent, page 1 of 1'), serial: 1_795_251_600, not_before: at, not_after: '2027-11-21T09:00:00.000Z',
    keep_results: { key: mine.publicKeyText, days: 90 },
  });
  expect(readReceipt(receipt)).toMatchObject({ ok: true, value: { receipt: { keep_results: { days: 90 } } } });
  return publish('kept.json', { tenant_secret: secret, tenant_key: mine.publicKeyText, machine_seed: toHex(run(0)), machine_key: machine.publicKeyText, in_consent: keepText({ key: mine.publicKeyText, days: 90 }), receipt_text: receipt, taken, refused });
});

test('nothing is published that is not checked here', () => {
  const published = readdirSync(new URL(folder, import.meta.url)).filter((file) => file.endsWith('.json'));
  expect(published.toSorted()).toEqual([
    'args_commit.json',
    'envelope.json',
    'handshake.json',
    'kept.json',
    'leaf.json',
    'receipt.json',
    'signatures.json',
  ]);
});
