import { toBase64 } from '@argus/kit/bytes.ts';
import type { Json } from '@argus/kit/canonical-json.ts';
import { signedText, type SignatureKind } from '@argus/protocol/signature.ts';
import { verifyText, type SigningKey } from './ed25519.ts';

export const signValue = (key: SigningKey, kind: SignatureKind, value: Json): string =>
  toBase64(key.sign(signedText(kind, value)));

export const verifyValue = (publicKey: string, kind: SignatureKind, value: Json, signature: string): boolean =>
  verifyText(publicKey, signedText(kind, value), signature);
