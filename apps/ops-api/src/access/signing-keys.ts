/**
 * The keys of one team, by key id. Whatever is asked, and however often, they are fetched at most once a minute: for
 * an id we do not know, and for all of them when they are no longer fresh. A fetch that fails leaves the keys we have
 * for a bounded time; after that nothing is verified by them.
 */
import { createPublicKey, type KeyObject } from 'node:crypto';
import type { Clock } from '@argus/kit/clock.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import type { Flaw } from '../gates/cf-access.ts';
import type { Log } from '../ports.ts';

/** Where the team publishes its keys. The text of the answer, or why there is none. */
export interface Jwks {
  fetch(): Promise<Result<string, string>>;
}

export const REFETCH_MS = 60_000;
/** How long a key that was taken back may go on counting while the team answers. */
export const FRESH_MS = 10 * 60_000;
/** And how long when it does not: somebody who cuts our line to it must not make an old key last. */
export const KEPT_MS = 60 * 60_000;

type KeySet = ReadonlyMap<string, KeyObject>;

export function createSigningKeys({ jwks, clock, log }: { readonly jwks: Jwks; readonly clock: Clock; readonly log: Log }) {
  let keys: KeySet = new Map();
  let asOf = Number.NEGATIVE_INFINITY; //      the begin of the fetch they came with
  let lastTried = Number.NEGATIVE_INFINITY;
  let underWay: Promise<void> | null = null;

  async function fetchAll(): Promise<void> {
    const began = clock.elapsed();
    lastTried = began;
    const answer = await jwks.fetch();
    const fetched = answer.ok ? readKeySet(answer.value) : null;
    if (fetched) {
      keys = fetched;
      asOf = began;
    } else log('warn', 'access_keys_not_fetched', { problem: answer.ok ? 'the answer holds no usable key' : answer.error });
  }

  function refetch(): Promise<void> {
    if (underWay) return underWay;
    if (clock.elapsed() - lastTried < REFETCH_MS) return Promise.resolve();
    underWay = fetchAll().finally(() => (underWay = null));
    return underWay;
  }

  const age = () => clock.elapsed() - asOf;

  return {
    async find(keyId: string): Promise<Result<KeyObject, Flaw>> {
      if (age() > FRESH_MS || !keys.has(keyId)) await refetch();
      if (age() > KEPT_MS) return err('keys_unavailable');
      const key = keys.get(keyId);
      return key ? ok(key) : err('unknown_key');
    },
  };
}

/** Cloudflare publishes two: the one that signs and the one before it. */
const KEYS_MAX = 32;
const MODULUS_BITS = { min: 2_048, max: 8_192 } as const;

/** Null when there is no usable key in it. An id that two keys claim is nobody's. */
export function readKeySet(text: string): KeySet | null {
  const entries = entriesOf(text);
  if (entries.length > KEYS_MAX) return null;
  const keys = new Map<string, KeyObject>();
  const claimed = new Set<string>();
  for (const entry of entries) {
    const named = readKey(entry);
    if (!named) continue;
    if (claimed.has(named.keyId)) keys.delete(named.keyId);
    else keys.set(named.keyId, named.key);
    claimed.add(named.keyId);
  }
  return keys.size > 0 ? keys : null;
}

function entriesOf(text: string): readonly unknown[] {
  try {
    const set = JSON.parse(text) as { readonly keys?: unknown } | null; // as far as anybody has looked
    return Array.isArray(set?.keys) ? set.keys : [];
  } catch {
    return [];
  }
}

function readKey(entry: unknown): { readonly keyId: string; readonly key: KeyObject } | null {
  if (typeof entry !== 'object' || entry === null) return null;
  const { kid, kty, n, e, alg = 'RS256', use = 'sig' } = entry as Readonly<Record<string, unknown>>;
  if (typeof kid !== 'string' || kid === '' || kty !== 'RSA' || alg !== 'RS256' || use !== 'sig') return null;
  if (typeof n !== 'string' || typeof e !== 'string') return null;
  try {
    const key = createPublicKey({ key: { kty: 'RSA', n, e }, format: 'jwk' });
    const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
    const isSound = modulusLength >= MODULUS_BITS.min && modulusLength <= MODULUS_BITS.max && publicExponent >= 65_537n;
    return isSound ? { keyId: kid, key } : null;
  } catch {
    return null; // numbers that are none
  }
}
