/** A recorder that misses something proves nothing: each forbidden deed is done once, by a program made for it. */
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile, chown } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunAs } from '@argus/ops-api/adapters/embedded-postgres/run-as.ts';
import { beforeAll, expect, test } from 'vitest';
import { atTheEnd } from '../teardown.ts';
import { findingsIn, type Finding, type Places } from './allowed.ts';
import { record, whoRuns } from './recorder.ts';
import { parseTrace } from './system-calls.ts';

let port: number;
let runAs: RunAs;
let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'argus-recorder-'));
  atTheEnd(() => rm(scratch, { recursive: true, force: true }));
  await chmod(scratch, 0o755);
  const server = createServer((socket) => socket.destroy());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atTheEnd(() => server.close());
  port = (server.address() as AddressInfo).port;
  runAs = await whoRuns();
});

let count = 0;
async function newHome(): Promise<string> {
  const home = join(scratch, String(count++));
  const folders = ['', 'state', 'install', 'outside'];
  const files = ['outside/secret.txt', 'state/identity.key', 'state/status.json', 'state/trust.json', 'install/config.yaml'];
  for (const folder of folders) await mkdir(join(home, folder));
  for (const file of files) await writeFile(join(home, file), '{}');
  await symlink(join(home, 'outside', 'secret.txt'), join(home, 'install', 'version.txt'));
  if (runAs.dropTo) for (const path of [...folders, ...files]) await chown(join(home, path), runAs.dropTo.uid, runAs.dropTo.gid);
  return home;
}

/** What is found when a program looks for the server, and then does this. */
async function findingsOf(deed: string): Promise<readonly Finding[]> {
  const home = await newHome();
  const places: Places = { state: join(home, 'state'), install: join(home, 'install'), server: `inet:127.0.0.1:${port}` };
  const program = `
    const [fs, net, dgram, child] = ['fs', 'net', 'dgram', 'child_process'].map((name) => process.getBuiltinModule(name));
    const port = ${port}, state = ${JSON.stringify(places.state)}, install = ${JSON.stringify(places.install)}, outside = ${JSON.stringify(join(home, 'outside'))};
    const attempt = (act) => { try { return act(); } catch {} };
    process.channel?.unref();
    const line = net.connect(port, '127.0.0.1');
    line.on('error', () => {});
    line.on('close', async () => { ${deed} });`;
  const script = join(home, 'deed.cjs');
  await writeFile(script, program);
  const ran = record([script], { trace: `${script}.trace`, runAs });
  expect([await ran.ended, ran.stderr()]).toEqual(['exit 0', '']);
  // The script itself is no part of an agent.
  return findingsIn(await ran.events(), places).filter((finding) => !(finding.what.startsWith('starting: ') && (finding.what.includes(scratch) || finding.what.endsWith(' /tmp'))));
}

const FORBIDDEN: Readonly<Record<string, readonly [deed: string, finding: RegExp]>> = {
  'reads a file of the system': [`attempt(() => fs.readFileSync('/etc/passwd'))`, /running: openat \(read\) \/etc\/passwd/],
  'asks for a file it may not read': [`attempt(() => fs.readFileSync('/etc/shadow'))`, /running: openat \(read\) \/etc\/shadow/],
  'asks for a file that is not there': [`attempt(() => fs.readFileSync('/opt/nothing'))`, /running: openat \(read\) \/opt\/nothing ENOENT/],
  'reads outside through a link with a good name': [`attempt(() => fs.readFileSync(install + '/version.txt'))`, /openat \(read\) \S+\/outside\/secret\.txt/],
  'reads outside through an open folder': [`const fd = fs.openSync(install, 'r'); attempt(() => fs.readFileSync('/proc/self/fd/' + fd + '/../outside/secret.txt'))`, /openat \(read\) \S+\/outside\/secret\.txt/],
  'reads outside with dots': [`attempt(() => fs.readFileSync(install + '/../outside/secret.txt'))`, /openat \(read\) \S+\/outside\/secret\.txt/],
  'asks with dots for what is not there': [`attempt(() => fs.readFileSync(state + '/../../nothing'))`, /openat \(read\) \S+\/nothing ENOENT/],
  'reads in a thread of the pool': [`await fs.promises.readFile('/etc/hostname').catch(() => 0)`, /openat \(read\) \/etc\/hostname/],
  'reads the install root where no command may': [`attempt(() => fs.readFileSync(install + '/secret.txt'))`, /openat \(read\) \S+\/install\/secret\.txt/],
  'looks whether a file is there': [`fs.existsSync('/root/.ssh/id_ed25519')`, /\(look\) \/root\/\.ssh\/id_ed25519/],
  'reads its key again': [`attempt(() => fs.readFileSync(state + '/identity.key'))`, /openat \(read\) \S+\/identity\.key/],
  'changes what it trusts': [`attempt(() => fs.writeFileSync(state + '/trust.json', '{}'))`, /openat \(write\) \S+\/trust\.json/],
  'writes into the install root': [`attempt(() => fs.writeFileSync(install + '/config.yaml', ''))`, /openat \(write\) \S+\/config\.yaml/],
  'writes elsewhere': [`attempt(() => fs.writeFileSync('/tmp/argus-hostile-probe-' + process.pid + '/x', ''))`, /openat \(write\) \/tmp\/argus/],
  'moves a file out of its folder': [`attempt(() => fs.renameSync(state + '/status.json', outside + '/status.json'))`, /rename \(change\) \S+\/status\.json \S+\/outside\/status\.json/],
  'links a file into its folder': [`attempt(() => fs.linkSync('/etc/passwd', state + '/mine'))`, /link \(change\) \/etc\/passwd/],
  'makes a link that leads outside': [`attempt(() => fs.symlinkSync('/etc/passwd', state + '/mine'))`, /symlink \(change\) \/etc\/passwd/],
  'removes a file': [`attempt(() => fs.unlinkSync(outside + '/secret.txt'))`, /unlink \(change\) \S+\/outside\/secret\.txt/],
  'makes a file executable': [`attempt(() => fs.chmodSync(install + '/config.yaml', 0o755))`, /chmod\w* \(change\) \S+\/config\.yaml/],
  'starts a program': [`child.spawnSync('/bin/true')`, /^(?=[^]*running: (v?fork|clone3?) \(process\))(?=[^]*execve \(run\) \/bin\/true)/], // whichever of the two returns first
  'starts a program that is not there': [`child.spawnSync('/bin/nothing-of-the-kind')`, /execve \(run\) \/bin\/nothing-of-the-kind ENOENT/],
  'dials somebody else': [`net.connect(1, '127.0.0.1').on('error', () => {})`, /connect \(connect\) inet:127\.0\.0\.1:1 /],
  'dials a socket of the machine': [`net.connect('/run/docker.sock').on('error', () => {})`, /connect \(connect\) unix:\/run\/docker\.sock/],
  'listens on a port': [`net.createServer().listen(0, '127.0.0.1', function () { this.close() })`, /bind \(listen\) inet:127\.0\.0\.1:0/],
  'listens on whatever port there is': [`const handle = new (process.binding('tcp_wrap').TCP)(1); handle.listen(1); handle.close()`, /listen \(listen\) socket:AF_INET/],
  'listens on a socket elsewhere': [`net.createServer().on('error', () => {}).listen(outside + '/s', function () { this.close() })`, /bind \(listen\) unix:\S+\/outside\/s/],
  'sends a datagram': [`dgram.createSocket('udp4').send('x', 9, '127.0.0.1', function () { this.close?.(); process.exit(0) })`, /\((send|socket)\) (inet:127\.0\.0\.1:9|AF_INET, SOCK_DGRAM)/],
  'signals another process': [`attempt(() => process.kill(process.ppid, 0))`, /kill \(signal\) \d+/],
  'becomes somebody else': [`attempt(() => process.setuid(0)); attempt(() => process.setgroups([0]))`, /\(power\) set/],
};

test.concurrent.each(Object.keys(FORBIDDEN))('a program that %s is found out', async (name) => {
  const [deed, finding] = FORBIDDEN[name] ?? ['', /$^/];
  expect((await findingsOf(deed)).map(({ what }) => what).join('\n')).toMatch(finding);
});

test('a program that does only what an agent may do is not accused', async () => {
  const deed = `
    fs.readFileSync(state + '/status.json'); fs.writeFileSync(state + '/status.json.new', '{}'); fs.renameSync(state + '/status.json.new', state + '/status.json');
    await fs.promises.readFile(install + '/config.yaml');
    net.connect(port, '127.0.0.1').on('error', () => {});`;
  expect(await findingsOf(deed)).toEqual([]);
});

test('two threads in the middle of a call are told apart, and a call that never returned counts', () => {
  const trace = `10 1.000001 openat(AT_FDCWD</>, "/etc/passwd", O_RDONLY <unfinished ...>
11 1.000002 openat(AT_FDCWD</>, "/etc/group", O_WRONLY|O_CREAT, 0666 <unfinished ...>
10 1.000003 <... openat resumed>) = 3</etc/passwd>
11 1.000004 <... openat resumed>) = -1 EACCES (Permission denied)
12 1.000005 execve("/bin/sh", ["sh"], 0x7ffc /* 3 vars */ <unfinished ...>
10 1.000006 --- SIGTERM {si_signo=SIGTERM, si_code=SI_USER, si_pid=1, si_uid=0} ---
what is this?
`;
  expect(parseTrace(trace).map(({ kind, paths, failed }) => [kind, ...paths, failed])).toEqual([
    ['read', '/etc/passwd', null],
    ['write', '/etc/group', 'EACCES'],
    ['unknown', 'what is this?', null],
    ['run', '/bin/sh', null],
  ]);
});
