import { lstatSync, readFileSync } from 'node:fs';
import { parseJson } from '@argus/protocol/handshake.ts';
import { z } from 'zod';
import type { PinnedConsent, PinnedState } from '../../ports.ts';
import { remembered } from '../../receipt.ts';
import { StateDirProblem, writeWhole, type StateDir } from './state-dir.ts';

/**
 * The owner's consent key on this machine: the key itself stands in the trust file, what was seen of its receipts in one
 * file that the daemon writes, what was revoked in another that the owner's command writes. All three are looked at each
 * time they count. What is missing or cannot be read closes: then no receipt is good enough.
 */
export const SEEN_FILE = 'consent.json';
export const REVOKED_FILE = 'consent-revoked.json';

const Used = z.object({ sha256: z.string(), until: z.number() });
const SeenFile = z.object({ serial: z.int().min(0), sha256: z.string(), proofs: z.array(Used) });
const RevokedFile = z.object({ through: z.int().min(0) });

const UNREADABLE_KEY = ''; // pinned, and nobody's
const UNREADABLE_SEEN: Pick<PinnedState, 'highest' | 'proofs'> = { highest: { serial: Number.MAX_SAFE_INTEGER, sha256: '' }, proofs: [] };

const NOT_PINNED: PinnedState = { key: null, highest: { serial: 0, sha256: '' }, revokedThrough: 0, proofs: [] };

export function pinnedConsent(state: StateDir): PinnedConsent {
  const key = whenChanged(state.file('trust.json'), () => {
    try {
      const trust = state.trust();
      return trust === null ? UNREADABLE_KEY : (trust.consent_key ?? null);
    } catch {
      return UNREADABLE_KEY;
    }
  });
  const seen = whenChanged(state.file(SEEN_FILE), () => readSeen(state));
  const revoked = whenChanged(state.file(REVOKED_FILE), () => readRevoked(state));
  return {
    state() {
      const pinned = key();
      // Where no key is pinned nobody asks for the rest, and this is asked several times for every act.
      return pinned === null ? NOT_PINNED : { key: pinned, ...(seen() ?? UNREADABLE_SEEN), revokedThrough: revoked() };
    },
    remember(what, now) {
      const known = seen();
      if (known === null) throw new StateDirProblem(`${state.file(SEEN_FILE)} is missing or damaged. The owner mends that with: argus-agent consent pin`);
      const next = remembered(known, what, now);
      if (next !== known) writeSeen(state, next);
    },
  };
}

/** Null: it is not there, or is not what we wrote. */
export function readSeen(state: StateDir): Pick<PinnedState, 'highest' | 'proofs'> | null {
  const read = SeenFile.safeParse(jsonIn(state.file(SEEN_FILE)));
  if (!read.success) return null;
  const { serial, sha256, proofs } = read.data;
  return { highest: { serial, sha256 }, proofs };
}

function writeSeen(state: StateDir, { highest, proofs }: Pick<PinnedState, 'highest' | 'proofs'>): void {
  writeWhole(state.file(SEEN_FILE), `${JSON.stringify({ ...highest, proofs })}\n`);
}

/** Before a key counts there is a place for what is seen of its receipts. What was seen under another key stays seen. */
export function beginSeen(state: StateDir): void {
  if (readSeen(state) === null) writeSeen(state, { highest: { serial: 0, sha256: '' }, proofs: [] });
}

export function readRevoked(state: StateDir): number {
  if (!isThere(state.file(REVOKED_FILE))) return 0;
  const read = RevokedFile.safeParse(jsonIn(state.file(REVOKED_FILE)));
  return read.success ? read.data.through : Number.MAX_SAFE_INTEGER;
}

/** Never fewer than before. */
export function writeRevoked(state: StateDir, through: number): number {
  const next = Math.max(through, readRevoked(state));
  writeWhole(state.file(REVOKED_FILE), `${JSON.stringify({ through: next })}\n`);
  return next;
}

function jsonIn(path: string): unknown {
  try {
    return parseJson(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}

const isThere = (path: string): boolean => stampOf(path) !== 'absent';

/** Files are replaced whole, so one that is the same file with the same times has the same in it. */
function stampOf(path: string): string {
  try {
    const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false });
    return stat ? `${stat.ino} ${stat.mtimeNs} ${stat.ctimeNs} ${stat.size}` : 'absent';
  } catch {
    return 'unreadable';
  }
}

function whenChanged<T>(path: string, read: () => T): () => T {
  let known: { readonly stamp: string; readonly value: T } | null = null;
  return () => {
    const stamp = stampOf(path);
    if (known?.stamp !== stamp) known = { stamp, value: read() };
    return known.value;
  };
}
