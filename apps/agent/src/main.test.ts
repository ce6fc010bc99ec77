/** The program as a person starts it: a real process, a real state directory, a server on this machine. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, chownSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toBase64 } from '@argus/kit/bytes.ts';
import { newEnrollmentCode } from '@argus/keys/secrets.ts';
import { TrustFile } from '@argus/protocol/trust.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { scratch } from '../testing/scratch.ts';
import { selfSigned } from '../testing/self-signed.ts';
import { AGENT, createLog, INSTANCE, LOG_KEY, TENANT, TRUST } from '../testing/signed-log.ts';
import { tellingServer } from './adapters/local/line-server.ts';
import { claimRunDir, listenIn } from './adapters/local/run-dir.ts';
import { thisProcess } from './adapters/process/this-process.ts';
import { openStateDir } from './adapters/state/state-dir.ts';
import { witnessJournal } from './adapters/state/witness-journal.ts';

const MAIN = join(import.meta.dirname, 'main.ts');
const isRoot = process.getuid?.() === 0;
const code = newEnrollmentCode((bytes) => new Uint8Array(bytes).fill(1), LOG_KEY.publicKey);

const compileCache = scratch(); // starting costs half as much from the second time on
let help: Promise<Ran>;
beforeAll(async () => void (await (help = run([], { asIs: true }))));

type Ran = { readonly code: number | null; readonly out: string; readonly err: string };
function start(args: readonly string[], { env = {}, asIs = false }: { env?: NodeJS.ProcessEnv; asIs?: boolean } = {}) {
  const all = [...args, ...(isRoot && !asIs ? ['--allow-root'] : [])];
  const child = spawn(process.execPath, [MAIN, ...all], { env: { PATH: process.env['PATH'], HOME: '/nowhere', NODE_COMPILE_CACHE: compileCache, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const ended: Promise<Ran> = once(child, 'close').then(([exit]) => ({ code: exit as number | null, out, err }));
  return { child, ended };
}
const run = (...parameters: Parameters<typeof start>) => start(...parameters).ended;
const stateIn = () => join(scratch(), 'state');

function camerasFile(camera: object): string {
  const path = join(scratch(), 'cameras.json');
  writeFileSync(path, JSON.stringify([{ id: 'cam_1', name: 'Door', ...camera }]));
  return path;
}

type Answer = (body: Record<string, unknown>, response: ServerResponse) => void;
const servers: ReturnType<typeof createServer>[] = [];
afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});
async function serverThat(answer: Answer) {
  const requests: { readonly path: string; readonly body: Record<string, unknown> }[] = [];
  const server = createServer((request: IncomingMessage, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      const body = JSON.parse(text) as Record<string, unknown>;
      requests.push({ path: request.url ?? '', body });
      answer(body, response);
    });
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}
const json = (response: ServerResponse, status: number, body: unknown) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

const log = createLog();
log.add({ type: 'agent_enrolled', phase: 'fact' });
const welcome: Answer = (_, response) =>
  json(response, 201, {
    instance: INSTANCE,
    tenant_id: TENANT,
    agent_id: AGENT,
    passkey: toBase64(new Uint8Array(32).fill(6)),
    log_public_key: LOG_KEY.publicKeyText,
    checkpoint: log.checkpoint(),
  });
const enrollArgs = (url: string, state: string) => ['enroll', '--server', url, '--install-root', tmpdir(), '--state', state];

test('it prints what it can do, and touches nothing', async () => {
  const { code, out, err } = await help;
  expect([code, err]).toEqual([0, '']);
  for (const word of ['enroll --server', 'run', 'status', 'trust export', 'install-service [--user NAME]', '--state', '--code-file', '--allow-root']) expect(out).toContain(word);
});

test.concurrent('of one command it says what that takes, of all of them each, and which version it is', async () => {
  const [enroll, trust, version] = await Promise.all([run(['enroll', '--help'], { asIs: true }), run(['trust', 'export', '--help'], { asIs: true }), run(['--version'], { asIs: true })]);
  expect([enroll.code, enroll.err, enroll.out.split('\n')[0]]).toEqual([0, '', expect.stringMatching(/^argus-agent enroll --server URL --code enr_… --install-root DIR .*\[--code-file …\]$/)]);
  expect(enroll.out).not.toContain('remote-support-off');
  expect(trust.out).toContain('argus-agent trust export');
  expect(version.out).toMatch(/^argus-agent \d+\.\d+\.\d+, protocol \d+, Node\.js v\d+/);
});

test.concurrent('an unknown command is refused with a sentence, before anything is made', async () => {
  const state = stateIn();
  const { code: exit, out, err } = await run(['shell', code, '--state', state]);
  expect([exit, out]).toEqual([2, '']);
  expect(err).toMatch(/^argus-agent: argus-agent has no command "shell enr_\[redacted\]"\. See argus-agent --help\.\n$/);
  expect(existsSync(state)).toBe(false);
});

test.concurrent('an unknown flag is refused with a sentence', async () => {
  const { code, err } = await run(['run', '--insecure']);
  expect(code).toBe(2);
  expect(err).toMatch(/^argus-agent: Unknown option '--insecure'/);
  expect(err).not.toContain('    at ');
});

test.concurrent('on a machine that is not enrolled it says what to do first', async () => {
  const state = stateIn();
  const { code, err } = await run(['run', '--state', state]);
  expect([code, err]).toEqual([2, `argus-agent: This machine is not enrolled yet: nothing of it is in ${state}. If it was enrolled into another folder, name that with --state DIR. To enroll it: argus-agent enroll --state ${state}${isRoot ? ' --allow-root' : ''}\n`]);
});

test.runIf(isRoot)('root may look at the machine of another user and switch it off, and that user may switch it on', async () => {
  const state = stateIn();
  const dir = openStateDir(state);
  dir.save(TRUST, new Uint8Array(32).fill(6));
  for (const name of ['', 'trust.json', 'passkey']) chownSync(join(state, name), 65_534, 65_534);
  const seen = await run(['status', '--state', state], { asIs: true });
  expect([seen.code, seen.out]).toEqual([0, expect.stringContaining(AGENT)]);
  const off = await run(['remote-support-off', '--state', state], { asIs: true });
  expect([off.code, off.out]).toEqual([0, expect.stringContaining(`Remote support is off. No daemon runs.\nIt stays off until the owner runs: argus-agent remote-support-on --state ${state}\n`)]);
  expect((await run(['remote-support-on', '--state', state], { asIs: true })).err).toContain('does not run as root');
  expect((await run(['remote-support-on', '--state', state, '--allow-root'], { asIs: true })).err).toContain('belongs to another user');
});

test.runIf(isRoot)('as root it does nothing without being told to, not even make its directory', async () => {
  const state = stateIn();
  const { code, err } = await run(['run', '--state', state], { asIs: true });
  expect(code).toBe(2);
  expect(err).toContain('does not run as root');
  expect(existsSync(state)).toBe(false);
});

test.concurrent('it does not run where the check of certificates is turned off', async () => {
  const { code, err } = await run(['status', '--state', stateIn()], { env: { NODE_TLS_REJECT_UNAUTHORIZED: '0' } });
  expect(code).toBe(2);
  expect(err).toContain('argus-agent: NODE_TLS_REJECT_UNAUTHORIZED=0');
});

/** Guarantee: the code does not leave in clear. The whole table is in dial.test.ts; 192.0.2.1 is nobody, so a try would take 15 s. */
test.concurrent.each(['http://192.0.2.1', 'wss://192.0.2.1'])(
  'a code is not sent to %s',
  async (url) => {
    const started = Date.now();
    const { code: exit, err } = await run([...enrollArgs(url, stateIn()), '--code', code]);
    expect(exit).toBe(2);
    expect(err).toMatch(/^argus-agent: The server has to be https:\/\/.*this very machine only\.\n$/);
    expect(Date.now() - started).toBeLessThan(10_000);
  },
);

test.concurrent('enrolling with something else than a code says how to pass one', async () => {
  const { code: exit, err } = await run([...enrollArgs('https://ops.argus.example', stateIn()), '--code', 'please']);
  expect([exit, err]).toEqual([2, expect.stringContaining('argus-agent: This is no enrollment code. One is enr_ with 43 letters')]);
  expect(err).not.toContain('please');
  expect((await run(enrollArgs('https://ops.argus.example', stateIn()))).err).toBe('argus-agent: Pass the enrollment code with --code enr_… or --code-file FILE.\n');
});

test.concurrent('a server that is not there, or shows a certificate of nobody, is a sentence that says what to do', async () => {
  const tls = createTlsServer(selfSigned(), (_, response) => response.end());
  servers.push(tls);
  await new Promise<void>((done) => tls.listen(0, '127.0.0.1', done));
  const strange = await run([...enrollArgs(`https://127.0.0.1:${(tls.address() as AddressInfo).port}`, stateIn()), '--code', code]);
  expect([strange.code, strange.err]).toEqual([2, expect.stringMatching(/^argus-agent: There was no enrollment at .* the code is still good\. The server shows a certificate that no authority vouches for\..*NODE_EXTRA_CA_CERTS/)]);
  const gone = createServer();
  await new Promise<void>((done) => gone.listen(0, '127.0.0.1', done));
  const { port } = gone.address() as AddressInfo;
  await new Promise((done) => gone.close(done));
  const absent = await run([...enrollArgs(`http://127.0.0.1:${port}`, stateIn()), '--code', code]);
  expect([absent.code, absent.err]).toEqual([2, expect.stringContaining('Nobody listens at the address of the server. It is down, or the address is wrong.')]);
});

test.concurrent('a camera at an address that is none, written into trust.json by hand, is named', async () => {
  const state = enrolledState();
  const path = join(state, 'trust.json');
  writeFileSync(path, readFileSync(path, 'utf8').replace('"kind": "test_pattern"', '"kind": "rtsp", "url": "file:///etc/hunter2"'));
  const { code: exit, err } = await run(['run', '--state', state]);
  expect([exit, err]).toEqual([2, expect.stringMatching(/^argus-agent: A camera in \S+trust\.json does not fit: cameras\.0\.url: is not an address that begins with rtsp:\/\/\. Mend it there/)]);
});

test.concurrent('whoever has no state of the daemon here may ask its status socket, and is told what that says, made plain', async () => {
  const runDir = join(scratch(), 'run');
  await claimRunDir(runDir);
  const close = await listenIn(runDir, 'status', tellingServer(() => JSON.stringify({ remote_support: 'live', since: '2026-03-01T12:00:00.000Z', operator: 'ana\u001b[2J@argus.example', reason: 'investigate', until: '2026-03-01T12:30:00.000Z' })).server);
  const seen = await run(['status', '--state', stateIn(), '--run-dir', runDir]);
  close();
  expect(seen).toEqual({ code: 0, out: 'Remote support session is live\nana [2J@argus.example: investigate (until 12:30 UTC)\n', err: '' });
  const nobody = await run(['status', '--state', stateIn(), '--run-dir', runDir]);
  expect([nobody.code, nobody.err]).toEqual([2, expect.stringMatching(/No machine is enrolled in \/.*, and no argus-agent answers here\..*--state DIR/)]);
});

test.concurrent.each([
  ['a code file that is not there', ['--code-file', '/nowhere/code'], 'The code cannot be read: ENOENT'],
  ['a camera at an address that is none', ['--code', code, '--cameras', camerasFile({ kind: 'http_jpeg', url: 'file:///etc/hunter2' })], 'The list of cameras does not fit: 0.url: is not an address that begins with http:// or https://'],
  ['a camera without its address', ['--code', code, '--cameras', camerasFile({ kind: 'rtsp' })], 'The list of cameras does not fit: 0.url: is missing'],
  ['a list of cameras that is none', ['--code', code, '--cameras', MAIN], 'The list of cameras does not fit'],
])('%s is a sentence, not a stack trace', async (_, flags, sentence) => {
  const { code: exit, err } = await run([...enrollArgs('https://ops.argus.example', stateIn()), ...flags]);
  expect(exit).toBe(2);
  expect(err).toContain(`argus-agent: ${sentence}`);
  expect(err).not.toContain('    at ');
});

test.concurrent('enrolling with a code from a file leaves an owner-only state, which status and export can read', async () => {
  const { url, requests } = await serverThat(welcome);
  const [state, file] = [stateIn(), join(scratch(), 'code')];
  writeFileSync(file, `${code}\n`, { mode: 0o600 });
  const enrolled = await run([...enrollArgs(url, state), '--code-file', file]);
  expect(enrolled).toEqual({ code: 0, out: `Enrolled as ${AGENT} of ${TENANT}. Start it with: argus-agent run --state ${state}${isRoot ? ' --allow-root' : ''}\n`, err: '' });
  expect(requests).toMatchObject([{ path: '/v1/agents/enroll', body: { code } }]);
  expect(statSync(state).mode & 0o777).toBe(0o700);
  for (const name of ['identity.key', 'passkey', 'trust.json', 'witness.journal']) expect([name, statSync(join(state, name)).mode & 0o777]).toEqual([name, 0o600]);

  const [status, exported, again] = await Promise.all([
    run(['status', '--state', state]),
    run(['trust', 'export', '--state', state]),
    run([...enrollArgs(url, state), '--code-file', file]),
  ]);
  expect(status.out).toBe(`${AGENT} of ${TENANT}, server ${url}\nIt has not run yet.\n`);
  expect(TrustFile.parse(JSON.parse(exported.out))).toMatchObject({ agent: AGENT, log_keys: [LOG_KEY.publicKeyText], last_checkpoint: log.checkpoint() });
  expect(exported.out).not.toContain(readFileSync(join(state, 'passkey'), 'utf8').trim());
  expect(again).toMatchObject({ code: 2, err: expect.stringContaining('This machine is enrolled already') });

  // Two histories are the first thing somebody has to hear of who asks how the machine is.
  const journal = join(state, 'witness.journal');
  const followed = JSON.parse(readFileSync(journal, 'utf8').trim().split('\n').at(-1) ?? '') as object;
  const shown = async (over: object) => { appendFileSync(journal, `${JSON.stringify({ ...followed, ...over })}\n`); return (await run(['status', '--state', state])).out; };
  expect(await shown({ fork: 'another one' })).toContain('FORK: the server showed this machine another log');
  expect(await shown({ shorter: 'a shorter one' })).toMatch(/log that is shorter.*argus-agent log accept --state \S+( --allow-root)? --yes\n$/s);
});

test.concurrent('a refused enrollment trusts nothing, and says the server’s words without what they could do to a terminal', async () => {
  const { url } = await serverThat((_, response) => json(response, 403, { title: 'Refused\u001b[2J', hint: 'Ask for a new code.' }));
  const state = stateIn();
  const { code: exit, err } = await run([...enrollArgs(url, state), '--code', code]);
  expect([exit, err]).toEqual([2, 'argus-agent: The server refused the enrollment (403): Refused [2J. Ask for a new code.\n']);
  for (const name of ['passkey', 'trust.json', 'witness.journal']) expect(existsSync(join(state, name))).toBe(false);
});

test.concurrent('a server that redirects an enrollment elsewhere is not followed', async () => {
  const elsewhere = await serverThat(welcome);
  const { url } = await serverThat((_, response) => response.writeHead(307, { location: `${elsewhere.url}/v1/agents/enroll` }).end());
  const { code: exit } = await run([...enrollArgs(url, stateIn()), '--code', code]);
  expect(exit).toBe(2);
  expect(elsewhere.requests).toEqual([]);
});

test.concurrent('an export into a file is whole and for its owner alone, and one that fails leaves the good file as it was', async () => {
  const state = enrolledState();
  const out = join(scratch(), 'trust.json');
  writeFileSync(out, 'the good one', { mode: 0o644 });
  const failed = await run(['trust', 'export', '--state', stateIn(), '--out', out]);
  expect([failed.code, failed.out, readFileSync(out, 'utf8')]).toEqual([2, '', 'the good one']);
  const nowhere = join(scratch(), 'no', 'trust.json');
  expect((await run(['trust', 'export', '--state', state, '--out', nowhere])).err).toMatch(/trust\.json cannot be written: ENOENT/);
  const exported = await run(['trust', 'export', '--state', state, '--out', out]);
  expect(exported).toEqual({ code: 0, out: `What this machine trusts is in ${out}.\n`, err: '' });
  expect(TrustFile.parse(JSON.parse(readFileSync(out, 'utf8')))).toMatchObject({ agent: AGENT });
  expect([statSync(out).mode & 0o777, existsSync(`${out}.new`)]).toEqual([0o600, false]);
});

/** Guarantee: other users of the machine do not find the code in the list of processes. */
test.runIf(process.platform === 'linux')('a code given as a flag is gone from the command line by the time it is used', async () => {
  let asked = () => {};
  const isAsked = new Promise<void>((resolve) => (asked = resolve));
  const { url } = await serverThat(() => asked()); // and never answers
  const { child, ended } = start([...enrollArgs(url, stateIn()), '--code', code]);
  await isAsked;
  const commandLine = readFileSync(`/proc/${child.pid}/cmdline`, 'utf8');
  child.kill('SIGKILL');
  await ended;
  expect(commandLine.replaceAll('\0', '')).toBe('argus-agent');
});

/** What enrolling leaves behind, without the process. */
function enrolledState(): string {
  const path = stateIn();
  const state = openStateDir(path);
  state.identity();
  witnessJournal(state.file('witness.journal'), log.followed()).close();
  state.save({ ...TRUST, server_url: 'http://127.0.0.1:1', install_root: scratch() }, new Uint8Array(32).fill(6));
  return path;
}

test.concurrent('a running agent leaves at SIGTERM, with its indicator lowered, also while nobody answers its dials', async () => {
  const state = enrolledState();
  writeFileSync(join(state, 'status.json'), '{"remote_support":"live"}', { mode: 0o600 }); // what an earlier life left standing
  const { child, ended } = start(['run', '--state', state]);
  let said = '';
  await new Promise<void>((resolve) => {
    child.stdout.on('data', (text: string) => (said += text).includes('"disconnected"') && resolve());
  });
  child.kill('SIGTERM');
  const { code: exit, out, err } = await ended;
  expect([exit, err]).toEqual([0, '']);
  const root = openStateDir(state).trust()?.install_root ?? '';
  expect(readFileSync(join(root, 'argus.log'), 'utf8')).toBe(out);
  expect(readFileSync(join(root, 'version.txt'), 'utf8')).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect(JSON.parse(readFileSync(join(root, 'agent_info.json'), 'utf8'))).toMatchObject({ agent: AGENT, tenant: TENANT });
  const notes = out.split('\n').filter((line) => line.endsWith('}')).map((line) => (JSON.parse(line) as { what: string }).what);
  expect(notes).toEqual(['indicator', 'started', 'disconnected', 'stopped']);
  expect(out.trim().split('\n').at(-1)).toContain('"why":"SIGTERM"');
  expect(JSON.parse(readFileSync(join(state, 'status.json'), 'utf8'))).toMatchObject({ remote_support: 'dormant' });
  expect((await run(['status', '--state', state])).out).toContain('No daemon is running: it was stopped at ');
});

test.concurrent('what a daemon that was killed last wrote of its line is not believed', async () => {
  const state = enrolledState();
  const line = (daemon?: object) => writeFileSync(join(state, 'line.json'), JSON.stringify({ line: 'connected', since: '2026-03-01T12:00:00.000Z', daemon }));
  const gone = { ...thisProcess(), pid: 2 ** 30 };
  const told = async () => (await run(['status', '--state', state])).out;
  line(gone);
  expect(await told()).toContain(`No daemon is running: the last one is gone, and nobody was told why. Start it with: argus-agent run --state ${state}`);
  writeFileSync(join(state, 'status.json'), JSON.stringify({ remote_support: 'dormant', daemon: gone }));
  line(); // as older versions wrote it
  expect(await told()).toContain('No daemon is running');
  line(thisProcess());
  expect(await told()).toContain('The line is up since 2026-03-01T12:00:00.000Z.');
});

test.concurrent.each([
  ['trust.json', 'nonsense', /trust\.json is damaged/],
  ['witness.journal', '', /witness\.journal is damaged/],
])('with %s damaged it does not run, and says so in one sentence', async (name, content, sentence) => {
  const state = enrolledState();
  writeFileSync(join(state, name), content);
  const { code: exit, err } = await run(['run', '--state', state]);
  expect(exit).toBe(2);
  expect(err).toMatch(sentence);
  expect(err).not.toContain('    at ');
});
