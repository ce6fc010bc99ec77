import { fromBase64 } from '@argus/kit/bytes.ts';
import { signingKeyOf, type SigningKey } from './ed25519.ts';
import { openUnder, sealUnder, type UnderPassphrase } from './passphrase.ts';
import type { Random } from './random.ts';

/** The key an operator shows who they are with, as a file: whose it is in clear, the seed under a passphrase. */
const KIND = 'argus-operator-key';
type KeyFile = { readonly v: 1; readonly kind: typeof KIND; readonly public_key: string; readonly seed: UnderPassphrase };

const besideOf = (publicKey: string) => ({ kind: KIND, public_key: publicKey });

export function operatorKeyText(key: SigningKey, { passphrase, random, cost }: { readonly passphrase: string; readonly random: Random; readonly cost?: Pick<UnderPassphrase, 'n' | 'r' | 'p'> }): string {
  const beside = besideOf(key.publicKeyText);
  const file: KeyFile = { v: 1, ...beside, kind: KIND, seed: sealUnder(passphrase, key.seed, { beside, random, ...(cost && { cost }) }) };
  return `${JSON.stringify(file, null, 2)}\n`;
}

/** Null when the text is no such file. What it says in clear is believed by nobody who does not open it. */
export function readOperatorKey(text: string): { readonly publicKey: string; open(passphrase: string): SigningKey | null } | null {
  const file = parse(text);
  if (!file) return null;
  return {
    publicKey: file.public_key,
    open(passphrase) {
      const seed = openUnder(passphrase, file.seed, besideOf(file.public_key));
      const key = seed?.length === 32 ? signingKeyOf(seed) : null;
      return key?.publicKeyText === file.public_key ? key : null;
    },
  };
}

function parse(text: string): KeyFile | null {
  try {
    const raw: unknown = JSON.parse(text);
    return isKeyFile(raw) ? raw : null;
  } catch {
    return null;
  }
}

const isRecord = (raw: unknown): raw is Readonly<Record<string, unknown>> => typeof raw === 'object' && raw !== null;
function isKeyFile(raw: unknown): raw is KeyFile {
  if (!isRecord(raw) || raw['v'] !== 1 || raw['kind'] !== KIND || typeof raw['public_key'] !== 'string') return false;
  const { seed } = raw;
  if (fromBase64(raw['public_key'])?.length !== 32 || !isRecord(seed)) return false;
  return ['n', 'r', 'p'].every((name) => typeof seed[name] === 'number') && ['salt', 'nonce', 'sealed'].every((name) => typeof seed[name] === 'string');
}
