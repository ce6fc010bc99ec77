import { systemClock } from '@argus/kit/clock.ts';
import { acceptLog, offerOf, type Accepted } from '../accept-log.ts';
import { acceptSentences } from '../log-text.ts';
import { askDaemon } from '../adapters/local/ask.ts';
import { claimRunDir } from '../adapters/local/run-dir.ts';
import { activityJournal } from '../adapters/state/activity-journal.ts';
import type { StateDir } from '../adapters/state/state-dir.ts';
import { readFollowed, witnessJournal } from '../adapters/state/witness-journal.ts';
import type { TrustFile } from '@argus/protocol/trust.ts';
import type { CliCommand, Flags } from './command.ts';
import { mustTrust, reasonOf, stop } from './stop.ts';
import { runDirOf, runDirsOf } from './switch.ts';

const NOTHING = 'Nothing contradicts the log as this machine has followed it, so there is nothing to accept.\n';

/** For the owner alone: it takes the state directory, or the socket that only its user may open. Nothing on the wire does it. */
export const logAcceptCommand: CliCommand = {
  words: 'log accept',
  usage: '--yes [--run-dir DIR]',
  summary: 'after a fork, or a server restored from a backup: go on with the log as it is shown now',
  options: { yes: { type: 'boolean' }, 'run-dir': { type: 'string' } },
  async run(state, flags) {
    const trust = mustTrust(state);
    const before = readFollowed(state.file('witness.journal')) ?? stop(`The witness journal is missing from ${state.path}.`);
    const offer = offerOf(trust, before);
    if (!offer) return void process.stdout.write(NOTHING);
    process.stdout.write(`${acceptSentences(offer, before).join('\n')}\n`);
    if (flags['yes'] !== true) stop('Nothing was changed. Look into it first (argus-agent log show), then run this again with --yes.');
    const accepted = await accept(state, trust, flags);
    process.stdout.write(accepted ? `Accepted: ${accepted.size} entries, root ${accepted.root}. It is in the activity record.\n` : NOTHING);
  },
};

async function accept(state: StateDir, trust: TrustFile, flags: Flags): Promise<Pick<Accepted, 'size' | 'root'> | null> {
  for (const folder of runDirsOf(state, flags)) {
    const answer = await askDaemon(folder, 'owner', 'log_accept');
    if (answer.ok) return acceptedOf(answer.value['accepted']);
    if (answer.error === 'refused') stop('The daemon could not write it down. Make room on its disk, then run this again.');
    if (answer.error === 'silent') stop('The daemon does not answer. Restart it, then run this again.');
    if (answer.error === 'forbidden') stop('The socket of the daemon is for its own user only. Run this as that user.');
  }
  await claimRunDir(runDirOf(state, flags)); // no daemon may hold the journals meanwhile
  const witness = witnessJournal(state.file('witness.journal'));
  const activity = activityJournal(state.file('activity.log'));
  try {
    return await acceptLog({ clock: systemClock, trust, witness, activity }, witness.followed());
  } catch (problem) {
    return stop(`Nothing was accepted: ${reasonOf(problem)}.`);
  } finally {
    await activity.settled();
    activity.close();
    witness.close();
  }
}

function acceptedOf(said: unknown): Pick<Accepted, 'size' | 'root'> | null {
  const { size, root } = (said ?? {}) as { size?: unknown; root?: unknown }; // our own daemon's answer
  return typeof size === 'number' && typeof root === 'string' ? { size, root } : null;
}
