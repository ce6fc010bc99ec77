import { isoTime, systemClock } from '@argus/kit/clock.ts';
import { askingServer, tellingServer } from '../adapters/local/line-server.ts';
import { hasSockets, listenIn } from '../adapters/local/run-dir.ts';
import { statusBoard } from '../adapters/indicator/board.ts';
import { writeWhole, type StateDir } from '../adapters/state/state-dir.ts';
import type { SwitchFile } from '../adapters/state/kill-switch.ts';
import type { Agent } from '../agent.ts';
import type { Activity, AgentDeps, PinnedConsent, PinnedState } from '../ports.ts';

/** How long somebody who switches off waits for what still runs before being told that it does. */
const QUIET_MS = 150;

type Deps = {
  readonly state: StateDir;
  readonly runDir: string;
  readonly killSwitch: SwitchFile;
  readonly consent: PinnedConsent;
  readonly activity: Activity;
  readonly note: AgentDeps['note'];
  readonly agent: () => Agent;
};

/** What people at the machine reach the daemon by: three sockets, and what is behind each of them. */
export function createLocalSide({ state, runDir, killSwitch, consent, activity, note, agent }: Deps) {
  let wasOff = killSwitch.isOff();
  let wasConsent: PinnedState = consent.state();
  const telling = tellingServer(() => JSON.stringify(board.now()));
  const board = statusBoard({
    clock: systemClock,
    killSwitch,
    tell() {
      lookAtSwitch();
      telling.tell();
    },
  });

  /** However it came about, it is on record once. */
  function lookAtSwitch(): void {
    if (killSwitch.isOff() === wasOff) return;
    wasOff = !wasOff;
    const what = wasOff ? 'switched_off' : 'switched_on';
    activity.record({ at: isoTime(systemClock.now()), what, phase: 'fact' });
    note(what);
  }

  /** In this order: nothing acts any more, then it is on disk, then what runs may finish, then the answer. */
  async function off() {
    killSwitch.hold();
    const ended = agent().switchOff();
    const isStored = killSwitch.off();
    board.refresh();
    await Promise.race([agent().quiet(), new Promise<void>((done) => void systemClock.after(QUIET_MS, done))]);
    return { remote_support: 'off', ended, stored: isStored, still_running: agent().running() };
  }

  function on() {
    killSwitch.on();
    board.refresh();
    return { remote_support: board.now().remote_support };
  }

  async function logAccept() {
    const accepted = await agent().acceptLog();
    if (accepted) note('log_accepted', { why: accepted.why, size: accepted.size, instead_of: accepted.instead.size });
    return { accepted };
  }

  /** The owner pinned or revoked by the files of the machine: over first, then on record. */
  function lookAtConsent() {
    const ended = agent().lookAtConsent();
    const { key, revokedThrough } = consent.state();
    const [isPinned, isRevoked] = [key !== wasConsent.key, revokedThrough !== wasConsent.revokedThrough];
    wasConsent = consent.state();
    for (const what of [...(isPinned ? ['consent_pinned' as const] : []), ...(isRevoked ? ['consent_revoked' as const] : [])]) {
      activity.record({ at: isoTime(systemClock.now()), what, phase: 'fact' });
      note(what);
    }
    return { ended };
  }

  return {
    board,
    lookAtConsent,
    /** The owner threw it by its file alone. */
    found(): void {
      agent().switchOff();
      board.refresh();
    },
    /** A daemon without sockets still has the file. */
    async listen(): Promise<() => void> {
      if (!hasSockets) return () => undefined;
      const closers: (() => void)[] = [];
      try {
        closers.push(await listenIn(runDir, 'status', telling.server));
        closers.push(await listenIn(runDir, 'off', askingServer({ off })));
        closers.push(await listenIn(runDir, 'owner', askingServer({ on, log_accept: logAccept, consent: lookAtConsent })));
        writeWhole(state.file('run-dir'), `${runDir}\n`); // where the owner's own commands look for them
      } catch (problem) {
        note('local_sockets_failed', { problem: String(problem) });
      }
      return () => closers.forEach((close) => close());
    },
  };
}
