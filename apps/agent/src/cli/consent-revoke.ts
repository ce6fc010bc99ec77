import { existsSync, readFileSync } from 'node:fs';
import { systemClock } from '@argus/kit/clock.ts';
import { parseJson } from '@argus/protocol/handshake.ts';
import { id } from '@argus/protocol/ids.ts';
import { z } from 'zod';
import { askDaemon } from '../adapters/local/ask.ts';
import { readSeen, writeRevoked } from '../adapters/state/pinned-consent.ts';
import type { StateDir } from '../adapters/state/state-dir.ts';
import { given, type CliCommand, type Flags } from './command.ts';
import { serialOf, serialNow } from './consent-serial.ts';
import { mustTrust, reasonOf, stop } from './stop.ts';
import { runDirsOf } from './switch.ts';

/** Works without a server and without a daemon: the file is what counts, and the daemon looks at it before it does anything. */
export const consentRevokeCommand: CliCommand = {
  words: 'consent revoke',
  usage: '[--serial N] [--run-dir DIR]',
  summary: 'void every receipt signed until now, on this machine and at once',
  options: { serial: { type: 'string' }, 'run-dir': { type: 'string' } },
  async run(state, flags) {
    if (mustTrust(state).consent_key === undefined) stop('No consent key is pinned here, so there is no receipt to revoke. To let nobody in: argus-agent remote-support-off');
    const live = sessionIn(state);
    const through = revoked(state, throughOf(state, flags));
    const said = await tell(state, flags, live);
    process.stdout.write(`Revoked. Receipts up to serial ${through} are void on this machine; one that is signed from now on has a higher serial.\n`);
    process.stdout.write(said === 'silent' ? 'The daemon does not answer; it looks before it does anything.\n' : said === null ? 'No session was live.\n' : `The session ${said} was ended.\n`);
  },
};

/**
 * Without a number: everything that was signed until now, also what this machine was not shown yet. Serials are the second
 * of signing where nobody chose others.
 */
function throughOf(state: StateDir, flags: Flags): number {
  const asked = given(flags, 'serial');
  return asked === undefined ? Math.max(serialNow(systemClock.now()), readSeen(state)?.highest.serial ?? 0) : serialOf(asked);
}

function revoked(state: StateDir, through: number): number {
  try {
    return writeRevoked(state, through);
  } catch (problem) {
    return stop(`It could not be written down: ${reasonOf(problem)}. Until it is, switch off with argus-agent remote-support-off, which needs no room on the disk.`);
  }
}

const LiveStatus = z.object({ remote_support: z.literal('live'), session: id('session') });
/** As the daemon wrote it down last. */
function sessionIn(state: StateDir): string | null {
  const status = existsSync(state.file('status.json')) ? LiveStatus.safeParse(parseJson(readFileSync(state.file('status.json'), 'utf8'))) : null;
  return status?.success ? status.data.session : null;
}

/** The session that was ended, `silent` where a daemon does not answer, null where there was none. One that was live before ended by the file, where the daemon saw that first. */
async function tell(state: StateDir, flags: Flags, live: string | null): Promise<string | null> {
  let isSilent = false;
  for (const folder of runDirsOf(state, flags)) {
    const answer = await askDaemon(folder, 'owner', 'consent');
    if (answer.ok) return typeof answer.value['ended'] === 'string' ? answer.value['ended'] : live;
    isSilent ||= answer.error !== 'absent';
  }
  return isSilent ? 'silent' : null;
}
