import { verifyByPasskey } from '@argus/keys/webauthn/passkey.ts';
import { createHash } from 'node:crypto';
import type { Crypto } from '@argus/evidence/entry.ts';
import type { Digest } from '@argus/evidence/sha256.ts';
import { verifyEd25519 } from '@argus/keys/ed25519.ts';
import { sha256 } from '@argus/keys/hash.ts';

export const nodeCrypto: Crypto = { sha256, verify: verifyEd25519, passkey: verifyByPasskey };

export function newDigest(): Digest {
  const hash = createHash('sha256');
  return { update: (bytes) => void hash.update(bytes), hex: () => hash.digest('hex') };
}
