import { signingKeyOf, type SigningKey } from '@argus/keys/ed25519.ts';
import { openUnder, sealUnder } from '@argus/keys/passphrase.ts';
import type { Random } from '@argus/keys/random.ts';
import { PatchKeys, type PatchKey } from '@argus/protocol/patch.ts';
import { z } from 'zod';
import { readJson } from './files.ts';
import { badFile, EXIT, Stop } from './stop.ts';

/** A patch key on disk: who it is in clear, the seed under a passphrase. */
const KeyFile = z.strictObject({
  v: z.literal(1),
  kind: z.literal('argus-patch-key'),
  ...PatchKeys.element.shape,
  seed: z.strictObject({ n: z.number(), r: z.number(), p: z.number(), salt: z.string(), nonce: z.string(), sealed: z.string() }),
});
export type KeyFile = z.infer<typeof KeyFile>;

const besideOf = ({ key_id, public_key }: PatchKey) => ({ kind: 'argus-patch-key', key_id, public_key });

export function keyFileOf(key: SigningKey, { keyId, passphrase, random }: { readonly keyId: string; readonly passphrase: string; readonly random: Random }): KeyFile {
  const named = { key_id: keyId, public_key: key.publicKeyText };
  return { v: 1, kind: 'argus-patch-key', ...named, seed: sealUnder(passphrase, key.seed, { beside: besideOf(named), random }) };
}

/** What it says in clear is believed by nobody who does not open it: see `openKey`. */
export function readKeyFile(path: string): KeyFile {
  const parsed = KeyFile.safeParse(readJson(path, 'key', { isSecret: true }));
  return parsed.success ? parsed.data : badFile(`${path} is no key of argus-sign. Make one with: argus-sign keygen --out FILE`);
}

export function openKey(file: KeyFile, passphrase: string): { readonly keyId: string; readonly key: SigningKey } {
  const seed = openUnder(passphrase, file.seed, besideOf(file));
  const key = seed?.length === 32 ? signingKeyOf(seed) : null;
  if (key?.publicKeyText !== file.public_key) throw new Stop('The passphrase does not open this key, or the file was changed.', { exit: EXIT.passphrase, code: 'wrong_passphrase' });
  return { keyId: file.key_id, key };
}
