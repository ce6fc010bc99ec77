import { canonicalJson, type Json } from '@argus/kit/canonical-json.ts';

/** What a signature may be for. One made for one kind never verifies as another. */
export const SIGNATURE_KINDS = ['enroll', 'reply', 'end', 'consent', 'patch', 'operator-proof', 'log-rotation', 'kept'] as const;
export type SignatureKind = (typeof SIGNATURE_KINDS)[number];

/** The exact text under an Ed25519 signature. */
export const signedText = (kind: SignatureKind, value: Json): string => `argus/${kind}/v1\n${canonicalJson(value)}`;
