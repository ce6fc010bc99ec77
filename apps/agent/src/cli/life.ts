import { writeSync } from 'node:fs';
import type { Clock } from '@argus/kit/clock.ts';
import { isoTime } from '@argus/kit/clock.ts';
import { PROTOCOL_VERSION } from '@argus/protocol/frames.ts';
import type { TrustFile } from '@argus/protocol/trust.ts';
import type { KnownConfigs } from '../adapters/files/known-configs.ts';
import { writeCrashReport } from '../adapters/install-root/crash-reports.ts';
import { logFile } from '../adapters/install-root/log-file.ts';
import { placeWhole } from '../adapters/install-root/place.ts';
import { tuningFile } from '../adapters/install-root/tuning-file.ts';
import { thisProcess } from '../adapters/process/this-process.ts';
import { writeWhole, type StateDir } from '../adapters/state/state-dir.ts';
import { crashReport } from '../crash-report.ts';
import { watchLine } from '../line-state.ts';
import { noteSparingly } from '../note-sparingly.ts';
import type { AgentDeps } from '../ports.ts';
import { keepTuned } from '../tuning/keep-tuned.ts';
import { machine, noteLine } from './machine.ts';
import { reasonOf } from './stop.ts';

/** Comings and goings of the line: what `log_level: warn` leaves out of argus.log. The journal of the system gets everything. */
const ORDINARY = ['connected', 'disconnected', 'config_read'];

/**
 * What the daemon leaves behind on the machine: notes in the journal and in argus.log, what it is, how its line does,
 * and why it crashed. None of it can stop the agent: a full disk costs lines, never the line.
 */
export function createLife({ clock, trust, state, configs }: { readonly clock: Clock; readonly trust: TrustFile; readonly state: StateDir; readonly configs: Pick<KnownConfigs, 'see'> }) {
  const root = trust.install_root;
  const startedAt = clock.elapsed();
  const toJournal = (line: string) => void process.stdout.write(`${line}\n`);
  const log = logFile({
    root,
    limits: () => ({ maxBytes: tuned.tuning().log_max_bytes, keep: tuned.tuning().log_keep }),
    lostLine: (count) => noteLine('log_lines_lost', { count }),
  });
  let saidProblem: string | null = null;

  const put: AgentDeps['note'] = (what, facts = {}) => {
    const line = noteLine(what, facts);
    toJournal(line);
    if (tuned.tuning().log_level === 'info' || !ORDINARY.includes(what)) log.write(line);
    const problem = log.problem();
    if (problem !== null && saidProblem === null) toJournal(noteLine('log_not_written', { why: problem, meanwhile: 'lines are counted and lost until it can be written again' }));
    saidProblem = problem;
  };
  const putSparingly = noteSparingly(put, clock);
  const note: AgentDeps['note'] = (what, facts = {}) => {
    putSparingly(what, facts);
    seeLine(what, facts); // how the line does is known, however often it changed
  };
  let said = ''; // in the journal, to the millisecond
  const noteInLog = noteSparingly((what, facts = {}) => log.write(facts['count'] === undefined ? said : noteLine(what, facts)), clock);
  const tuned = keepTuned({ file: tuningFile(root, configs.see), clock, note });
  const seeLine = watchLine({
    clock,
    daemon: thisProcess(),
    keep(line) {
      tryTo('line_not_written', () => writeWhole(state.file('line.json'), `${JSON.stringify(line, null, 2)}\n`));
    },
  });

  /** Worth a note when it fails, and nothing more. */
  function tryTo(failed: string, act: () => void): void {
    try {
      act();
    } catch (problem) {
      toJournal(noteLine(failed, { why: reasonOf(problem) }));
    }
  }

  return {
    note,
    /** For what the owner has to be able to see: throws when the journal does not take it. */
    mustNote(what: string, facts: Readonly<Record<string, string>>): void {
      said = noteLine(what, facts);
      writeSync(1, `${said}\n`);
      noteInLog(what, facts);
    },
    tuned,
    /** Before the first dial: what runs here, for whoever looks into the install root. */
    begin(): void {
      tuned.start();
      const info = { agent: trust.agent, tenant: trust.tenant, version: machine.version, protocol: PROTOCOL_VERSION, platform: machine.platform, node: process.version, started_at: isoTime(clock.now()) };
      tryTo('version_not_written', () => {
        placeWhole(root, 'version.txt', `${machine.version}\n`);
        placeWhole(root, 'agent_info.json', `${JSON.stringify(info, null, 2)}\n`);
      });
    },
    /** A fault of our own: written down, and said. The session has been ended before. */
    crashed(problem: unknown): void {
      const at = isoTime(clock.now());
      const text = crashReport(problem, { at, uptimeS: (clock.elapsed() - startedAt) / 1_000, machine, node: process.version });
      tryTo('crash_not_written', () => note('crashed', { report: writeCrashReport(root, { at, text, keep: tuned.tuning().crash_reports_keep }) }));
      process.stderr.write(text);
    },
  };
}
