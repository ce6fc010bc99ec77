import { isoTime } from '@argus/kit/clock.ts';
import { toBase64 } from '@argus/kit/bytes.ts';
import type { TrustFile } from '@argus/protocol/trust.ts';
import type { AgentDeps, Followed } from './ports.ts';
import { openTrusted } from './witness.ts';

/**
 * Only the owner says that a log which contradicts the one this machine has followed is the log from now on: after a fork
 * that was looked into, or when the server was restored from a backup. Both checkpoints stay in the owner's record.
 */
export type Offer = {
  readonly why: 'fork' | 'shorter';
  readonly size: number;
  readonly root: string;
  readonly checkpoint: string; // the signed note that would be accepted
};
export type Accepted = Offer & { readonly instead: { readonly size: number; readonly root: string } };

/** What there is to accept. Signed by a trusted log key all the same: nobody else can offer anything. */
export function offerOf(trust: TrustFile, { fork, shorter, keys }: Followed): Offer | null {
  const checkpoint = fork ?? shorter;
  const opened = checkpoint === undefined ? null : openTrusted(trust, checkpoint, { keys });
  return checkpoint === undefined || !opened ? null : { why: fork === null ? 'shorter' : 'fork', size: opened.size, root: toBase64(opened.root), checkpoint };
}

/** On record first. What is in the accepted log already is past: this machine never acts on it. */
export async function acceptLog({ clock, trust, witness, activity }: Pick<AgentDeps, 'clock' | 'trust' | 'witness' | 'activity'>, before: Followed): Promise<Accepted | null> {
  const offer = offerOf(trust, before);
  if (!offer) return null;
  const at = isoTime(clock.now());
  const { size, root, checkpoint } = offer;
  await activity.intend({
    at,
    what: 'log_accepted',
    phase: 'fact',
    code: offer.why,
    reason: `${size} entries instead of ${before.size}`,
    ...(size > 0 && { entry: size - 1 }),
    evidence: { followed: before.checkpoint, accepted: checkpoint },
  });
  await witness.advance({ size, root, checkpoint, highestActed: size - 1, fork: null, at, ...(before.keys && { keys: before.keys }) }).catch((problem: unknown) => {
    witness.keepUp(before); // not on disk, so it does not count
    throw problem;
  });
  return { ...offer, instead: { size: before.size, root: before.root } };
}
