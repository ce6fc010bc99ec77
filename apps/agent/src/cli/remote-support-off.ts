import { systemClock } from '@argus/kit/clock.ts';
import { cleanText } from '@argus/protocol/text.ts';
import { askDaemon } from '../adapters/local/ask.ts';
import { switchFile } from '../adapters/state/kill-switch.ts';
import { SYSTEM_RUN_DIR } from '../service/definition.ts';
import { asTyped } from './as-typed.ts';
import { given, type CliCommand } from './command.ts';
import { stop } from './stop.ts';
import { runDirsOf, SWITCH_FILE } from './switch.ts';

const UNTIL = 'It stays off until the owner runs: argus-agent remote-support-on\n';

/** Works without a server, without a daemon, and for whoever may open the socket; the owner can always do it. */
export const remoteSupportOffCommand: CliCommand = {
  words: 'remote-support-off',
  isForRootToo: true,
  usage: '[--run-dir DIR]',
  summary: 'end the session, if there is one, and let nobody in',
  options: { 'run-dir': { type: 'string' } },
  async run(state, flags) {
    const say = (text: string) => void process.stdout.write(asTyped(text, flags));
    let isSilent = false;
    let isForbidden = false;
    const isOurs = state.trust() !== null;
    // Who has no machine here is the person at somebody else's.
    for (const folder of [...runDirsOf(state, flags), ...(isOurs || given(flags, 'run-dir') !== undefined ? [] : [SYSTEM_RUN_DIR])]) {
      const answer = await askDaemon(folder, 'off', 'off');
      // Whoever answered: for the owner the file counts, and it is there before anybody says so.
      if (answer.ok) return say(said(isOurs ? { ...answer.value, stored: switchFile(state.file(SWITCH_FILE), systemClock).off() } : answer.value));
      isSilent ||= answer.error === 'silent' || answer.error === 'refused';
      isForbidden ||= answer.error === 'forbidden';
    }
    if (!isOurs)
      return stop(
        isForbidden
          ? 'The socket of the daemon is not for this user. Ask the owner of the machine, or have yourself added to the group of its run directory.'
          : `No daemon answers, and no machine is enrolled in ${state.path}. If it was enrolled into another folder, name that with --state DIR; if it runs as another user, name its run directory with --run-dir DIR.`,
      );
    if (!switchFile(state.file(SWITCH_FILE), systemClock).off()) stop(`It could not be written down in ${state.path}. Stop the daemon, or take the machine off the network.`);
    say(isSilent ? `Remote support is off. The daemon does not answer; it looks at the switch before it does anything.\n${UNTIL}` : `Remote support is off. No daemon runs.\n${UNTIL}`);
  },
};

function said({ ended, stored, still_running: running }: Readonly<Record<string, unknown>>): string {
  return [
    `Remote support is off. ${typeof ended === 'string' ? `The session ${cleanText(ended, 64)} was ended.` : 'No session was live.'}\n`,
    typeof running === 'number' && running > 0 ? `${running} command(s) had begun and are finishing; nobody is given their results.\n` : '',
    stored === true ? UNTIL : 'It could not be written down, so it holds only until the daemon ends. Make room on the disk, then run this again.\n',
  ].join('');
}
