import { fromBase64, toBase64 } from '@argus/kit/bytes.ts';
import { proofText, type OperatorProof, type ProvedActivation } from '@argus/protocol/operator-proof.ts';
import { receiptText, valueOf, type Receipt } from '@argus/protocol/receipt.ts';
import type { SigningKey } from './ed25519.ts';
import { sha256Hex } from './hash.ts';
import { signValue } from './signature.ts';

/** A key as people compare it: by the first half of its SHA-256. */
export const keyFingerprint = (publicKey: string): string => sha256Hex(fromBase64(publicKey) ?? new Uint8Array()).slice(0, 32);

/** The exact text of a receipt: what is handed in, recorded, and sent to machines. */
export const signReceipt = (key: SigningKey, receipt: Receipt): string =>
  receiptText(receipt, { key: key.publicKeyText, signature: signValue(key, 'consent', valueOf(receipt)) });

export const signProof = (key: SigningKey, asked: ProvedActivation, proof: Pick<OperatorProof, 'nonce' | 'timestamp'>): OperatorProof => ({
  kind: 'ed25519',
  public_key: key.publicKeyText,
  nonce: proof.nonce,
  timestamp: proof.timestamp,
  signature: toBase64(key.sign(proofText(asked, proof))),
});
