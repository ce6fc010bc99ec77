import { systemClock } from '@argus/kit/clock.ts';
import { systemRandom } from '@argus/keys/random.ts';
import { localCameras } from '../adapters/cameras/cameras.ts';
import { installRootFiles } from '../adapters/files/install-root.ts';
import { knownConfigs } from '../adapters/files/known-configs.ts';
import { statusFileIndicator } from '../adapters/indicator/status-file.ts';
import { openPatches } from '../adapters/patches/apply.ts';
import { wholeIndicator } from '../adapters/indicator/whole.ts';
import { claimRunDir, refuseSecond } from '../adapters/local/run-dir.ts';
import { breathe } from '../adapters/process/breathe.ts';
import { stayAlive } from '../adapters/process/stay.ts';
import { thisProcess } from '../adapters/process/this-process.ts';
import { activityJournal } from '../adapters/state/activity-journal.ts';
import { pinnedConsent } from '../adapters/state/pinned-consent.ts';
import { switchFile } from '../adapters/state/kill-switch.ts';
import { watchSwitch } from '../adapters/state/watch-switch.ts';
import { writeWhole } from '../adapters/state/state-dir.ts';
import { witnessJournal } from '../adapters/state/witness-journal.ts';
import { withLearnedKeys } from '../witness.ts';
import { channelUrl, webSocketDial } from '../adapters/websocket/dial.ts';
import { createAgent } from '../agent.ts';
import { createConnection } from '../connection.ts';
import type { CliCommand } from './command.ts';
import { createLife } from './life.ts';
import { createLocalSide } from './local-side.ts';
import { machine } from './machine.ts';
import { noteSwitchFound, runDirOf, runDirsOf, SWITCH_FILE } from './switch.ts';
import { mustTrust, stop } from './stop.ts';

const STOP_GRACE_MS = 500;

/** The daemon, joined from its parts: everything it can touch is named here. */
export const runCommand: CliCommand = {
  words: 'run',
  summary: 'hold the line to the server (--run-dir DIR: where its sockets are)',
  options: { 'run-dir': { type: 'string' } },
  async run(state, flags) {
    const trust = mustTrust(state);
    const passkey = state.passkey() ?? stop(`The passkey is missing from ${state.path}. Restore it, or enroll again under a new id.`);
    const url = channelUrl(trust.server_url) ?? stop('The server address in trust.json is neither https:// nor this very machine.');
    const runDir = runDirOf(state, flags);
    await claimRunDir(runDir); // before the journals are: one daemon per machine
    await refuseSecond(runDirsOf(state, {}).filter((folder) => folder !== runDir)); // wherever it listens
    const configs = knownConfigs(state.file('known-configs.json'));
    const life = createLife({ clock: systemClock, trust, state, configs });
    const { note, tuned } = life;
    const witness = witnessJournal(state.file('witness.journal'));
    // What the log has said of its key since: from here on it stands in the trust file as well, with the place it holds from.
    const learned = withLearnedKeys(trust, witness.followed());
    if (learned.log_keys.length > trust.log_keys.length) writeWhole(state.file('trust.json'), `${JSON.stringify(learned, null, 2)}\n`);
    const activity = activityJournal(state.file('activity.log'), { note: (problem) => note('activity_not_stored', { problem }) });
    // Before anybody can be reached: a patch is applied whole, or not at all.
    const patches = await openPatches({ installRoot: trust.install_root, stateDir: state.path, clock: systemClock, note });
    const killSwitch = switchFile(state.file(SWITCH_FILE), systemClock);
    noteSwitchFound(state, killSwitch, activity);
    const consent = pinnedConsent(state);
    const local = createLocalSide({ state, runDir, killSwitch, consent, activity, note, agent: () => agent });
    const indicator = wholeIndicator([
      statusFileIndicator({ path: state.file('status.json'), clock: systemClock, journal: (line) => life.mustNote('indicator', { line }), daemon: thisProcess() }),
      watchSwitch(killSwitch, local.found),
      watchSwitch({ isOff: () => agent.isConsentGone() }, local.lookAtConsent),
      local.board,
    ]);
    // Whatever an earlier life left standing. One that cannot be lowered cannot be raised either: no session will start.
    indicator.lower().catch((problem: unknown) => note('indicator_not_lowered', { problem: String(problem) }));
    const agent = createAgent({
      clock: systemClock,
      random: systemRandom,
      trust,
      identity: state.identity(),
      witness,
      indicator,
      killSwitch,
      consent,
      activity,
      files: installRootFiles(trust.install_root, configs),
      cameras: localCameras({ clock: systemClock, breathe }),
      patches,
      machine,
      breathe,
      note,
      alarms: tuned.alarms,
    });
    const connection = createConnection({ clock: systemClock, random: systemRandom, trust, passkey, version: machine.version, witness, agent, dial: webSocketDial(url), note, mostWaitMs: () => tuned.tuning().reconnect_most_s * 1_000 });
    const letGo = stayAlive();
    const stopListening = await local.listen();
    const end = () => {
      connection.stop();
      stopListening();
      letGo(STOP_GRACE_MS);
    };
    /** The last line of its journal, so that an end which somebody wished is told from one that nobody did. */
    const leave = (why: string) => () => {
      end();
      note('stopped', { why });
    };
    process.once('SIGINT', leave('SIGINT'));
    process.once('SIGTERM', leave('SIGTERM'));
    process.on('SIGHUP', process.stdout.isTTY ? leave('SIGHUP') : tuned.reread); // a terminal that closes, or a service manager
    process.stdout.on('error', () => undefined); // whoever read the journal is gone; the log file is still there
    // A fault of our own: asleep and dark first, then on record, then gone. Whatever keeps us running starts us again.
    process.on('uncaughtException', (problem) => {
      process.exitCode = 1;
      try {
        end();
      } finally {
        life.crashed(problem);
      }
    });
    if (process.connected) process.once('disconnect', leave('its starter is gone')); // whoever started us with a channel is gone
    life.begin();
    note('started', { agent: trust.agent, tenant: trust.tenant, version: machine.version });
    connection.start();
  },
};
