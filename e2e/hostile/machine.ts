/** The machine under attack: enrolled once by the real program, and copied, so that each fight may spoil its own. */
import { chown, cp, mkdir, readFile, symlink, writeFile, link, chmod, mkdtemp, rm, readdir } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newEnrollmentCode } from '@argus/keys/secrets.ts';
import { systemRandom } from '@argus/keys/random.ts';
import type { RunAs } from '@argus/ops-api/adapters/embedded-postgres/run-as.ts';
import { readFollowed } from '../../apps/agent/src/adapters/state/witness-journal.ts';
import { createLog, LOG_KEY } from '../../apps/agent/testing/signed-log.ts';
import { ROOT } from '../processes.ts';
import { atTheEnd } from '../teardown.ts';
import { startControlPlane } from './control-plane.ts';
import { record, whoRuns, type Recorded, type Watched } from './recorder.ts';

const AGENT = join(ROOT, 'apps/agent/src/main.ts');

export type Enrolled = { readonly folder: string; readonly runAs: RunAs; readonly passkey: Uint8Array; readonly leaves: readonly string[] };

/** Through the front door: the program makes its key, sends a real code and pins what it is told. */
export async function enrollOne(): Promise<Enrolled> {
  const runAs = await whoRuns();
  const folder = await mkdtemp(join(tmpdir(), 'argus-hostile-'));
  atTheEnd(() => rm(folder, { recursive: true, force: true }));
  await chmod(folder, 0o755);
  const passkey = systemRandom(32);
  const log = createLog();
  log.add({ type: 'agent_enrolled', phase: 'fact' });
  const plane = await startControlPlane({ passkey, log });
  const install = join(folder, 'model', 'install');
  await mkdir(install, { recursive: true });
  await own(join(folder, 'model'), runAs);
  const code = newEnrollmentCode(systemRandom, LOG_KEY.publicKey);
  const cameras = join(folder, 'model', 'cameras.json');
  await writeFile(cameras, JSON.stringify([{ id: 'cam_3', name: 'Lobby', kind: 'test_pattern' }]));
  const args = ['enroll', '--server', plane.url, '--code', code, '--install-root', install, '--cameras', cameras, '--state', join(folder, 'model', 'state'), ...asRoot(runAs)];
  const ran = record([AGENT, ...args], { trace: join(folder, 'model', 'enroll.trace'), runAs });
  if ((await ran.ended) !== 'exit 0') throw new Error(`the machine was not enrolled: ${ran.stderr()}`);
  return { folder, runAs, passkey, leaves: log.leaves };
}

let copies = 0;
export type Machine = Awaited<ReturnType<typeof copyOf>>;

/** A copy that dials another port: the owner's own trust file says so, as it would if the server had moved. */
export async function copyOf({ folder, runAs }: Enrolled, { name, port, watched }: { readonly name: string; readonly port: number; readonly watched?: Watched | undefined }) {
  const home = join(folder, `${copies++}-${name}`);
  const [state, install] = [join(home, 'state'), join(home, 'install')];
  await cp(join(folder, 'model', 'state'), state, { recursive: true });
  await chmod(state, 0o700);
  const trust = JSON.parse(await readFile(join(state, 'trust.json'), 'utf8')) as object;
  await writeFile(join(state, 'trust.json'), JSON.stringify({ ...trust, server_url: `http://127.0.0.1:${port}`, install_root: install }));
  await furnish(install, home);
  await own(home, runAs);
  let lives = 0;
  const run = (words: readonly string[], trace: string): Recorded => record([AGENT, ...words, '--state', state, ...asRoot(runAs)], { trace: join(home, trace), runAs, watched });
  return {
    state,
    install,
    home,
    /** Each life is recorded on its own. */
    run: (): Recorded => run(['run'], `daemon-${lives++}.trace`),
    /** What the owner types, recorded on its own. */
    type: (words: string): Recorded => run(words.split(' '), `${words.replaceAll(' ', '-')}.trace`),
    status: () => JSON.parse(readFileSync(join(state, 'status.json'), 'utf8')) as { readonly remote_support: 'live' | 'dormant' },
    /** As it is on disk, to the last whole line. Throws on a damaged one. */
    journal: () => readFollowed(join(state, 'witness.journal')),
  };
}

/** An install root with everything that may be read, and with traps that lead outside. */
async function furnish(install: string, home: string): Promise<void> {
  const outside = join(home, 'outside');
  await Promise.all([mkdir(join(install, 'crashes', 'deep'), { recursive: true }), mkdir(join(install, 'hotfix'), { recursive: true }), mkdir(outside)]);
  const files = { 'config.yaml': 'streams: 4\ntoken: not-for-anyone\n', 'argus.log': 'a line\n'.repeat(100), 'secret.txt': 'secret', 'crashes/one.txt': 'crash', 'crashes/x.txt.exe': 'MZ', 'crashes/deep/b.txt': 'deep' };
  for (const [name, text] of Object.entries(files)) await writeFile(join(install, name), text);
  await writeFile(join(outside, 'secret.txt'), 'secret of another program');
  await symlink('/etc/passwd', join(install, 'argus.log.1'));
  await symlink(outside, join(install, 'crashes', 'folder.txt'));
  await symlink(join(outside, 'secret.txt'), join(install, 'version.txt'));
  await link(join(outside, 'secret.txt'), join(install, 'agent_info.json'));
}

async function own(folder: string, { dropTo }: RunAs): Promise<void> {
  if (dropTo === null) return;
  await chown(folder, dropTo.uid, dropTo.gid);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) if (!entry.isSymbolicLink()) await chown(join(entry.parentPath, entry.name), dropTo.uid, dropTo.gid);
}

const asRoot = ({ uid }: RunAs): readonly string[] => (uid === 0 ? ['--allow-root'] : []);

/** Kilobytes: now, and the most there ever were. */
export function memoryOf(daemon: Recorded): { readonly now: number; readonly most: number } {
  const status = readFileSync(`/proc/${daemon.target()}/status`, 'utf8');
  const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]);
  return { now: field('VmRSS'), most: field('VmHWM') };
}
