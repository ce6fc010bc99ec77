/**
 * What a passkey is asked to sign. A challenge carries its own end and a MAC over what it is for, so nothing is stored until
 * somebody answers: whoever asks for a million of them fills no disk. It is taken once, on all nodes, and only by the
 * sign-in it was made for.
 */
import { concatBytes, toBase64 } from '@argus/kit/bytes.ts';
import type { Clock } from '@argus/kit/clock.ts';
import type { Random } from '@argus/keys/random.ts';
import { sameSecret } from '@argus/keys/hash.ts';
import type { SecretHash } from '@argus/keys/secrets.ts';
import { challengeIn } from '@argus/protocol/webauthn.ts';
import type { LoginId } from '@argus/protocol/ids.ts';
import type { NonceStore } from '../ports.ts';

export const CHALLENGE_MS = 5 * 60_000;
/** What it is for. `login` null: nobody is signed in yet. */
export type Asked = { readonly for: 'sign_in' | 'add' | 'confirm'; readonly login: LoginId | null };

const RANDOM = 16;
const END = 6; // bytes; milliseconds, and enough until the year 10889
const MAC = 32;

export type ChallengeDeps = { readonly clock: Clock; readonly random: Random; readonly secretHash: SecretHash; readonly nonces: Pick<NonceStore, 'burn'> };

export function createChallenges({ clock, random, secretHash, nonces }: ChallengeDeps) {
  const macOf = (head: Uint8Array, { for: what, login }: Asked) => secretHash('passkey_challenge', `${what}|${login ?? ''}|${toBase64(head)}`);

  function read(challenge: Uint8Array, asked: Asked): { readonly until: number } | null {
    if (challenge.length !== RANDOM + END + MAC) return null;
    const head = challenge.subarray(0, RANDOM + END);
    if (!sameSecret(macOf(head, asked), challenge.subarray(RANDOM + END))) return null;
    const until = Buffer.from(head).readUIntBE(RANDOM, END);
    return clock.now() < until ? { until } : null;
  }

  return {
    issue(asked: Asked): { readonly challenge: Uint8Array; readonly until: number } {
      const until = clock.now() + CHALLENGE_MS;
      const end = Buffer.alloc(END);
      end.writeUIntBE(until, 0, END);
      const head = concatBytes(random(RANDOM), end);
      return { challenge: concatBytes(head, macOf(head, asked)), until };
    },
    /** The challenge this answers, if it is one of ours, for this, and not over. It is not spent yet. */
    of(clientData: Uint8Array, asked: Asked): Uint8Array | null {
      const challenge = challengeIn(clientData);
      return challenge && read(challenge, asked) ? challenge : null;
    },
    /** True once per challenge. Asked last: what was signed by nobody of ours spends nothing. */
    async spend(challenge: Uint8Array, asked: Asked): Promise<boolean> {
      const good = read(challenge, asked);
      return good !== null && nonces.burn('passkey', toBase64(challenge.subarray(0, RANDOM)), good.until);
    },
  };
}
export type Challenges = ReturnType<typeof createChallenges>;
