import type { TrustFile } from '@argus/protocol/trust.ts';
import type { Offer } from './accept-log.ts';
import type { Followed } from './ports.ts';

/** How far the log was followed, as a person reads it. Pure; notes are shown as they are, since they are evidence. */
export function logSentences(trust: Pick<TrustFile, 'tenant'>, { size, root, checkpoint, highestActed, at, fork }: Followed, offer: Offer | null): readonly string[] {
  const lines = [
    `This machine has followed the log of ${trust.tenant} for ${size} entries${at === undefined ? '' : `, last at ${at}`}.`,
    `Root: ${root}`,
    highestActed < 0 ? 'It has acted on none of them.' : `The last entry it has acted on, or was told to take for past: ${highestActed}.`,
  ];
  if (!offer && fork === null) return [...lines, 'Nothing it was shown contradicts that.'];
  return [
    ...lines,
    '',
    offer?.why === 'shorter'
      ? `The server then showed a log of ${offer.size} entries only. It may have been restored from a backup; what was in the missing entries is known to this machine as a root, and to nobody as text. It acts on nothing until they are there again.`
      : `FORK: the server showed another log than the one this machine has followed. Both are signed by its log key. The machine is asleep, and stays so.`,
    'Ask whoever runs the server how this came about, and keep both checkpoints: together they are the proof.',
    '',
    'As followed:',
    checkpoint,
    'As shown:',
    offer?.checkpoint ?? fork ?? '',
    'To go on with the log as shown: argus-agent log accept --yes',
  ];
}

/** For somebody who only asked how this machine is. */
export function contradictionText({ fork, shorter }: Pick<Followed, 'fork' | 'shorter'>): string {
  if (fork !== null) return 'FORK: the server showed this machine another log than the one it has followed, under the same key. It is asleep, and stays so: no session starts. Look at both with: argus-agent log show. Ask whoever runs the server, in writing. To go on with the other one: argus-agent log accept --yes\n';
  if (shorter === undefined) return '';
  return 'The server showed this machine a log that is shorter than the one it has followed. It may have been restored from a backup. No session starts until the missing entries are there again, or you go on without them. Look at it with: argus-agent log show. To go on: argus-agent log accept --yes\n';
}

/** What accepting means, before it is done and after. */
export function acceptSentences({ why, size, root }: Offer, before: { readonly size: number; readonly root: string }): readonly string[] {
  return [
    `Followed so far: ${before.size} entries, root ${before.root}.`,
    `To be accepted:  ${size} entries, root ${root} (${why === 'fork' ? 'contradicts what was followed' : 'fewer than were followed'}).`,
    'From then on this machine takes that log for the true one. What was done before stays in its activity record, with both checkpoints.',
  ];
}
