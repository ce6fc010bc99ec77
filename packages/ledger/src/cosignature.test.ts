import { toHex } from '@argus/kit/bytes.ts';
import { expect, test } from 'vitest';
import vectors from '../vectors/cosignature.json' with { type: 'json' };
import { printCosignatureVectors } from '../vectors/cosignatures.ts';
import { keyFromSeed, sha256, verifyEd25519 } from '../vectors/node-crypto.ts';
import { cosign, cosignedMessage, NOTE_COSIGNATURE, openCosignature } from './cosignature.ts';
import { keyId, NOTE_ED25519, parseNote, signedNote, verifyNote } from './note.ts';
import { readFileSync } from 'node:fs';

const key = keyFromSeed(new Uint8Array(32).fill(3));
const other = keyFromSeed(new Uint8Array(32).fill(4));
const NAME = 'argus/inst_vectors/tenant/UTD_VECTORS_001/agent/agent_lobby_01';
const BODY = 'argus/inst_vectors/tenant/UTD_VECTORS_001\n17\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n';
const signer = { name: NAME, publicKey: key.publicKey, sign: key.sign };
const line = cosign(sha256, signer, { body: BODY, seconds: 1_795_251_600 });
const open = (over: Partial<Parameters<typeof openCosignature>[0]> = {}) =>
  openCosignature({ sha256, verify: verifyEd25519, body: BODY, line, name: NAME, publicKey: key.publicKey, ...over });

test('a cosignature opens as what was cosigned, by whom and when', () => expect(open()).toEqual({ seconds: 1_795_251_600 }));

/** A checkpoint of a public Certificate Transparency log and what the public witness remora.n621.de cosigned of it. */
test('a cosignature by a witness of somebody else’s making opens', () => {
  const body = 'arche2025h1.staging.ct.transparency.dev\n1432088532\nU7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro=\n';
  const theirs = '— remora.n621.de 2net5wAAAABqEiEgPlfF3V06o0Y+fHM+J5J9s27wgxxcOVSpZ/2g/KSiXCg9DEZI+aVCIobWX9sXTynk5XeU/zZ0WBxtqB0DrAWfBw==\n';
  const [, id, base64] = 'remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2'.split('+', 3);
  const publicKey = new Uint8Array(Buffer.from(base64 ?? '', 'base64')).slice(1);
  expect(toHex(keyId(sha256, 'remora.n621.de', NOTE_COSIGNATURE, publicKey))).toBe(id);
  const asked = { sha256, verify: verifyEd25519, body, line: theirs, name: 'remora.n621.de', publicKey };
  expect(openCosignature(asked)).toEqual({ seconds: 0x6a122120 });
  expect(openCosignature({ ...asked, body: body.replace('1432088532', '42') })).toBeNull();
});

test('the message is two lines and the whole body, to the byte', () =>
  expect(Buffer.from(cosignedMessage('example.com/log\n5\nroot\nmore\n', 7)).toString()).toBe('cosignature/v1\ntime 7\nexample.com/log\n5\nroot\nmore\n'));

test.each([
  ['another body', { body: BODY.replace('17', '18') }],
  ['the body and an extension line', { body: `${BODY}more\n` }],
  ['another name', { name: `${NAME}x` }],
  ['another key', { publicKey: other.publicKey }],
  ['a key that is too short', { publicKey: key.publicKey.slice(1) }],
  ['two lines', { line: `${line}${line}` }],
  ['no line', { line: '' }],
  ['a line without its line feed', { line: line.trimEnd() }],
  ['something before it', { line: `\n${line}` }],
] as const)('it does not open for %s', (_, over) => expect(open(over)).toBeNull());

/** Guarantee: every byte of it counts, the time included. */
test('a cosignature with any bit turned opens for nothing', () => {
  const bytes = Buffer.from(line.split(' ')[2]?.trimEnd() ?? '', 'base64');
  for (let at = 0; at < bytes.length; at++) {
    const bent = Buffer.from(bytes);
    bent[at] = (bent[at] ?? 0) ^ 1;
    expect(open({ line: `— ${NAME} ${bent.toString('base64')}\n` }), String(at)).toBeNull();
  }
  for (const cut of [0, 4, 12, 75]) expect(open({ line: `— ${NAME} ${bytes.subarray(0, cut).toString('base64')}\n` })).toBeNull();
});

/** Guarantee: a machine that cosigns never signs a checkpoint by that, and a log that signs never cosigns. */
test('a cosignature is no signature of the note, nor the other way round, though the key is the same', () => {
  const note = `${BODY}\n${line}`;
  expect(verifyNote({ sha256, verify: verifyEd25519, note, name: NAME, publicKey: key.publicKey })).toBeNull();
  const signed = signedNote(BODY, [{ name: NAME, id: keyId(sha256, NAME, NOTE_ED25519, key.publicKey), signature: key.sign(Buffer.from(BODY)) }]);
  expect(open({ line: signed.slice(BODY.length + 1) })).toBeNull();
});

test('it stands under the note of the log as one more line', () => {
  const signed = signedNote(BODY, [{ name: 'log', id: new Uint8Array(4), signature: new Uint8Array(64) }]);
  expect(parseNote(`${signed}${line}`)?.signatures.map((s) => s.name)).toEqual(['log', NAME]);
});

test.each([-1, 0.5, Number.NaN, 2 ** 53])('%s is no time to cosign at', (seconds) => expect(() => cosign(sha256, signer, { body: BODY, seconds })).toThrow(TypeError));
test.each(['two\nlines', 'a space', 'a+b', ''])('%j is no name to cosign under', (name) => expect(() => cosign(sha256, { ...signer, name }, { body: BODY, seconds: 1 })).toThrow(TypeError));

test('the code still prints the vectors that are in the repository, and opens them', () => {
  expect(printCosignatureVectors()).toBe(readFileSync(new URL('../vectors/cosignature.json', import.meta.url), 'utf8'));
  for (const one of vectors.opens) {
    const asked = { sha256, verify: verifyEd25519, name: one.name, publicKey: Buffer.from(one.public_key, 'hex'), body: one.body, line: one.line };
    expect(openCosignature(asked)).toEqual({ seconds: one.seconds });
    expect(Buffer.from(cosignedMessage(one.body, one.seconds)).toString()).toBe(one.message);
  }
});
