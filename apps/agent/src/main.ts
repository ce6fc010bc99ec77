import { existsSync, readFileSync, statSync } from 'node:fs';
import { arch, homedir, release } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { isoTime, systemClock } from '@argus/kit/clock.ts';
import { systemRandom } from '@argus/keys/random.ts';
import { problemsOf } from '@argus/protocol/commands/define.ts';
import { parseJson } from '@argus/protocol/handshake.ts';
import { parseId, redactSecrets } from '@argus/protocol/ids.ts';
import { cleanText } from '@argus/protocol/text.ts';
import { CameraConfig, type TrustFile } from '@argus/protocol/trust.ts';
import { z } from 'zod';
import { stayAlive } from './adapters/process/stay.ts';
import { installRootFiles } from './adapters/files/install-root.ts';
import { statusFileIndicator } from './adapters/indicator/status-file.ts';
import { openStateDir, StateDirProblem, type StateDir } from './adapters/state/state-dir.ts';
import { readFollowed, witnessJournal } from './adapters/state/witness-journal.ts';
import { channelUrl, webSocketDial } from './adapters/websocket/dial.ts';
import { createAgent } from './agent.ts';
import { createConnection } from './connection.ts';
import { enroll } from './enroll.ts';

const HELP = `argus-agent: the owner's side of remote support. It dials out, stays dormant, and acts only on what the owner's log proves.

  argus-agent enroll --server URL --code enr_… --install-root DIR [--cameras FILE]
  argus-agent run                 hold the line to the server
  argus-agent status              is a session live on this machine?
  argus-agent trust export        print what this machine trusts, to check the log against

  --state DIR      where keys and trust file live (default: $XDG_STATE_HOME/argus-agent)
  --code-file FILE the code from a file instead of the command line
  --allow-root     run as root all the same
`;

const { version } = z.object({ version: z.string() }).parse(JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')));
const machine = { version, platform: `${process.platform} ${arch()} ${release()}` };

/** One JSON object per line, so that a journal keeps it whole; and plain, since some of the words are a server's. */
function note(what: string, facts: Readonly<Record<string, string | number>> = {}): void {
  const plain = Object.entries(facts).map(([name, value]) => [name, typeof value === 'string' ? cleanText(value, 1_000) : value]);
  process.stdout.write(`${JSON.stringify({ at: isoTime(systemClock.now()), what, ...Object.fromEntries(plain) })}\n`);
}

const STOP_GRACE_MS = 500;

class Stop extends Error {}
const stop = (sentence: string): never => {
  throw new Stop(sentence);
};

function refuseRoot(isAllowed: boolean): void {
  if (process.getuid?.() === 0 && !isAllowed)
    stop('argus-agent does not run as root. Start it as an ordinary user, or pass --allow-root if there is none.');
}

async function enrollHere(state: StateDir, flags: { server?: string | undefined; code?: string | undefined; codeFile?: string | undefined; installRoot?: string | undefined; cameras?: string | undefined }) {
  if (state.trust()) stop(`This machine is enrolled already (${state.path}). A new enrollment needs a new state directory and a new agent id.`);
  const code = parseId('enrollmentCode', flags.codeFile === undefined ? flags.code : mustReadFile(flags.codeFile, 'code').trim());
  if (!code) return stop('Pass the enrollment code with --code enr_… or --code-file FILE.');
  const serverUrl = flags.server ?? stop('Pass the address of the server with --server https://….');
  if (channelUrl(serverUrl) === null || !/^https?:/i.test(serverUrl))
    stop('The server has to be https://, without a user name in it; plain http:// is for this very machine only.');
  const cameras = flags.cameras === undefined ? [] : camerasOf(mustReadFile(flags.cameras, 'list of cameras'));
  const installRoot = resolve(flags.installRoot ?? stop('Pass the install root with --install-root DIR.'));
  // Before the code is spent: it works once.
  if (!statSync(installRoot, { throwIfNoEntry: false })?.isDirectory()) stop(`The install root ${installRoot} is no folder. Make it, or name the right one with --install-root DIR.`);
  const enrolled = await enroll(
    { clock: systemClock, identity: state.identity(), machine, post },
    { code, serverUrl, installRoot, cameras },
  );
  if (!enrolled.ok) return stop(enrolled.error);
  witnessJournal(state.file('witness.journal'), enrolled.value.followed).close();
  state.save(enrolled.value.trust, enrolled.value.passkey);
  process.stdout.write(`Enrolled as ${enrolled.value.trust.agent} of ${enrolled.value.trust.tenant}. Start it with: argus-agent run\n`);

  async function post(path: string, body: unknown) {
    const answer = await fetch(new URL(path, serverUrl), {
      method: 'POST',
      redirect: 'error',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(15_000),
    }).catch((problem: unknown) => stop(`The server at ${serverUrl} cannot be reached: ${reasonOf(problem)}.`));
    return { status: answer.status, body: await answer.json().catch(() => null) };
  }
}

function camerasOf(text: string): readonly CameraConfig[] {
  const cameras = z.array(CameraConfig).safeParse(parseJson(text));
  return cameras.success ? cameras.data : stop(`The list of cameras does not fit: ${problemsOf(cameras.error).join('; ')}.`);
}

function mustReadFile(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (problem) {
    return stop(`The ${what} cannot be read: ${reasonOf(problem)}.`);
  }
}

const reasonOf = (problem: unknown): string => {
  const cause = problem instanceof Error ? (problem.cause ?? problem) : problem;
  return cause instanceof Error ? cause.message : String(cause);
};

const mustTrust = (state: StateDir): TrustFile => state.trust() ?? stop('This machine is not enrolled yet. Start with: argus-agent enroll');

function runHere(state: StateDir): void {
  const trust = mustTrust(state);
  const passkey = state.passkey() ?? stop(`The passkey is missing from ${state.path}. Restore it, or enroll again under a new id.`);
  const url = channelUrl(trust.server_url) ?? stop('The server address in trust.json is neither https:// nor this very machine.');
  const witness = witnessJournal(state.file('witness.journal'));
  const indicator = statusFileIndicator({ path: state.file('status.json'), clock: systemClock, journal: (line) => note('indicator', { line }) });
  // Whatever an earlier life left standing. One that cannot be lowered cannot be raised either: no session will start.
  indicator.lower().catch((problem: unknown) => note('indicator_not_lowered', { problem: String(problem) }));
  const agent = createAgent({
    clock: systemClock,
    random: systemRandom,
    trust,
    identity: state.identity(),
    witness,
    indicator,
    files: installRootFiles(trust.install_root),
    machine,
    note,
  });
  const connection = createConnection({ clock: systemClock, random: systemRandom, trust, passkey, version, witness, agent, dial: webSocketDial(url), note });
  const letGo = stayAlive();
  const end = () => {
    connection.stop();
    letGo(STOP_GRACE_MS);
  };
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
  if (process.connected) process.once('disconnect', end); // whoever started us with a channel is gone
  note('started', { agent: trust.agent, tenant: trust.tenant, version });
  connection.start();
}

function statusHere(state: StateDir): void {
  const trust = mustTrust(state);
  const status = existsSync(state.file('status.json')) ? readFileSync(state.file('status.json'), 'utf8') : 'It has not run yet.\n';
  process.stdout.write(`${trust.agent} of ${trust.tenant}, server ${trust.server_url}\n${status}`);
}

function exportTrust(state: StateDir): void {
  const trust = mustTrust(state);
  const { checkpoint, highestActed } = readFollowed(state.file('witness.journal')) ?? stop(`The witness journal is missing from ${state.path}.`);
  const exported: TrustFile = { ...trust, last_checkpoint: checkpoint, ...(highestActed >= 0 && { highest_acted_leaf: highestActed }) };
  process.stdout.write(`${JSON.stringify(exported, null, 2)}\n`);
}

/** For the whole of Node.js it is a switch; here there is none. */
function refuseUncheckedCertificates(): void {
  if (process.env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0')
    stop('NODE_TLS_REJECT_UNAUTHORIZED=0 turns the check of certificates off, and argus-agent does not run without it. Unset it.');
}

async function main(argv: readonly string[]): Promise<void> {
  process.title = 'argus-agent'; // also blanks a code given as a flag
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      server: { type: 'string' },
      code: { type: 'string' },
      'code-file': { type: 'string' },
      'install-root': { type: 'string' },
      cameras: { type: 'string' },
      state: { type: 'string' },
      'allow-root': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const command = positionals.join(' ');
  if (values.help || command === '') return void process.stdout.write(HELP);
  refuseUncheckedCertificates();
  refuseRoot(values['allow-root']);
  const flags = { server: values.server, code: values.code, codeFile: values['code-file'], installRoot: values['install-root'], cameras: values.cameras };
  const commands = new Map<string, (state: StateDir) => void | Promise<void>>([
    ['enroll', (state) => enrollHere(state, flags)],
    ['run', runHere],
    ['status', statusHere],
    ['trust export', exportTrust],
  ]);
  const run = commands.get(command) ?? stop(`argus-agent has no command ${JSON.stringify(redactSecrets(command))}. See argus-agent --help.`);
  await run(openStateDir(resolve(values.state ?? join(process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state'), 'argus-agent'))));
}

main(process.argv.slice(2)).catch((problem: unknown) => {
  const isExpected = problem instanceof Stop || problem instanceof StateDirProblem || (problem as { code?: string })?.code?.startsWith('ERR_PARSE_ARGS');
  process.stderr.write(isExpected ? `argus-agent: ${(problem as Error).message}\n` : `argus-agent: ${problem instanceof Error ? problem.stack : String(problem)}\n`);
  process.exitCode = isExpected ? 2 : 1;
});
