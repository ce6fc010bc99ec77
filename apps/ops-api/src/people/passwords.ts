import { scrypt } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { fromBase64, toBase64 } from '@argus/kit/bytes.ts';
import type { Clock } from '@argus/kit/clock.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { sameSecret } from '@argus/keys/hash.ts';
import type { Random } from '@argus/keys/random.ts';
import { denyWith, type Denial } from '@argus/protocol/errors.ts';
import { PASSWORD_MIN } from '@argus/protocol/http/auth.ts';
import { WORST } from './worst-passwords.ts';

/**
 * Passwords are kept as scrypt hashes, each with its own parameters beside it. Hashing runs off the event loop, a few at a
 * time, and whoever would have to wait for too many others is told to come back: nobody's sign-in slows down a command.
 */
export type Cost = { readonly n: number; readonly r: number; readonly p: number };
/** 32 MiB and about a fifth of a second each; ours, at the strength OWASP asks for (2025). */
export const COST: Cost = { n: 32_768, r: 8, p: 3 };
/** One processor stays free for everybody else, and one of the four threads Node.js has for such work as well. */
export const atOnceOn = (processors: number): number => Math.min(Math.max(processors - 1, 1), 3);
export const AT_ONCE = atOnceOn(availableParallelism());
/** Behind those: at most about six seconds of waiting, on two processors. */
export const WAITING_MAX = 32;
const KEY_BYTES = 32;
const SALT_BYTES = 16;

/** Null: it may be taken. */
export function problemWithPassword(password: string, email: string): string | null {
  const plain = normal(password);
  if ([...plain].length < PASSWORD_MIN) return `password: is shorter than ${PASSWORD_MIN} characters`;
  const letters = plain.toLowerCase();
  if (letters.includes(email.toLowerCase()) || email.toLowerCase().startsWith(letters)) return 'password: is your e-mail';
  if (new Set(letters).size < 4 || WORST.some((worst) => letters.startsWith(worst) && letters.slice(worst.length).length < 4)) return 'password: is on every list of the worst';
  return null;
}
const normal = (password: string): string => password.normalize('NFC');

const derive = (password: string, salt: Uint8Array, { n, r, p }: Cost): Promise<Uint8Array> =>
  new Promise((resolve, reject) => {
    scrypt(normal(password), salt, KEY_BYTES, { N: n, r, p, maxmem: 256 * n * r }, (problem, key) => (problem ? reject(problem) : resolve(key)));
  });

type Kept = Cost & { readonly salt: Uint8Array; readonly key: Uint8Array };
const textOf = ({ n, r, p, salt, key }: Kept): string => `scrypt$${n}$${r}$${p}$${toBase64(salt)}$${toBase64(key)}`;
function keptOf(text: string): Kept | null {
  const [kind, n, r, p, salt, key] = text.split('$');
  const [bytes, hash] = [fromBase64(salt ?? ''), fromBase64(key ?? '')];
  return kind === 'scrypt' && bytes && hash?.length === KEY_BYTES ? { n: Number(n), r: Number(r), p: Number(p), salt: bytes, key: hash } : null;
}

export type Verified = { readonly isRight: boolean; /** The same password at today's cost, where it was kept at another. */ readonly renewed: string | null };

export function createPasswords({ random, clock, cost = COST }: { readonly random: Random; readonly clock: Pick<Clock, 'elapsed'>; readonly cost?: Cost }) {
  const waiting: (() => void)[] = [];
  let running = 0;
  let tookMs = 200; // of late, each
  let derived = 0;

  async function inTurn<T>(turn: () => Promise<T>): Promise<Result<T, Denial>> {
    if (running >= AT_ONCE) {
      if (waiting.length >= WAITING_MAX) return err(denyWith('rate_limited', { retry_after_s: Math.max(1, Math.ceil((tookMs * (waiting.length + 1)) / AT_ONCE / 1_000)) }));
      await new Promise<void>((go) => waiting.push(go)); // whoever is done hands its turn on
    } else running++;
    const began = clock.elapsed();
    try {
      return ok(await turn());
    } finally {
      tookMs = clock.elapsed() - began;
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  }

  const work = (password: string, salt: Uint8Array, at: Cost): Promise<Uint8Array> => {
    derived++;
    return derive(password, salt, at);
  };
  const hashed = async (password: string): Promise<string> => {
    const salt = random(SALT_BYTES);
    return textOf({ ...cost, salt, key: await work(password, salt, cost) });
  };
  /** Of nobody, at today's cost: whoever asks for an account that is not there waits as long as everybody else. */
  let made: Kept | null = null;
  const decoy = (): Kept => (made ??= { ...cost, salt: random(SALT_BYTES), key: random(KEY_BYTES) });

  return {
    hash: (password: string): Promise<Result<string, Denial>> => inTurn(() => hashed(password)),
    /** Null: nobody's. The same work, and never right. */
    verify: (password: string, kept: string | null): Promise<Result<Verified, Denial>> =>
      inTurn(async () => {
        const known = kept === null ? null : keptOf(kept);
        const against = known ?? decoy();
        const isOld = against.n !== cost.n || against.r !== cost.r || against.p !== cost.p;
        // Beside one kept at another cost the work of today is done as well: whose password is old does not show.
        const [key] = await Promise.all([work(password, against.salt, against), isOld ? work(password, decoy().salt, cost) : null]);
        const isRight = sameSecret(key, against.key) && known !== null;
        return { isRight, renewed: isRight && isOld ? await hashed(password) : null };
      }),
    /** How often somebody was made to work: what tests count. */
    derived: (): number => derived,
  };
}
export type Passwords = ReturnType<typeof createPasswords>;
