/**
 * Prints cosignature.json, by which a verifier in another language is held to the same answers:
 *   node packages/ledger/vectors/cosignatures.ts
 * Nothing in it is random. It may only change when the format does, and then old cosignatures no longer verify.
 */
import { writeFileSync } from 'node:fs';
import { fromUtf8, toHex } from '@argus/kit/bytes.ts';
import { checkpointBody } from '../src/checkpoint.ts';
import { cosign, cosignedMessage } from '../src/cosignature.ts';
import { keyFromSeed, sha256 } from './node-crypto.ts';

const ORIGIN = 'argus/inst_vectors/tenant/UTD_VECTORS_001';
const NAME = `${ORIGIN}/agent/agent_lobby_01`;
const key = keyFromSeed(new Uint8Array(32).fill(3));

const vector = (size: number, seconds: number) => {
  const body = checkpointBody({ origin: ORIGIN, size, root: new Uint8Array(32).fill(size) });
  const line = cosign(sha256, { name: NAME, publicKey: key.publicKey, sign: key.sign }, { body, seconds });
  return { name: NAME, public_key: toHex(key.publicKey), body, seconds, message: fromUtf8(cosignedMessage(body, seconds)), line };
};

export const printCosignatureVectors = (): string =>
  `${JSON.stringify({ about: 'C2SP cosignature/v1 with Ed25519: line goes under a note whose text is body; message is what is signed.', opens: [vector(1, 0), vector(17, 1_795_251_600), vector(200, 4_102_444_800)] }, null, 2)}\n`;

if (import.meta.main) writeFileSync(new URL('cosignature.json', import.meta.url), printCosignatureVectors());
