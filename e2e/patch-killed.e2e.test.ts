/** Guarantee: killed at any point, a patch is applied whole or not at all; the journal says which; nothing is left behind. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { ROOT } from './processes.ts';

const SCRIPT = 'apps/agent/testing/patch-steps.ts';
const OLD = { 'config.yaml': 'old: config\n', 'hotfix/a.json': '{"old":"a"}' };
const NEW = { 'config.yaml': 'new: config\n', 'hotfix/a.json': '{"new":"a"}', 'hotfix/b.yaml': 'new: b\n', 'hotfix/c.yaml': 'c: '.padEnd(100_000, 'c') };
const PATCH = { id: 'patch_0001', files: NEW };

const folder = await mkdtemp(join(tmpdir(), 'argus-patch-'));
afterAll(() => rm(folder, { recursive: true, force: true }));
let count = 0;
async function place() {
  const at = join(folder, String(count++));
  const [root, state] = [join(at, 'install'), join(at, 'state')];
  for (const one of [state, join(root, 'hotfix')]) await mkdir(one, { recursive: true });
  for (const [path, text] of Object.entries(OLD)) await writeFile(join(root, path), text, { mode: 0o640 });
  return { at, root, state };
}
type Place = Awaited<ReturnType<typeof place>>;

type Ran = { readonly end: string; readonly said: readonly string[] };
async function run({ root, state }: Place, { patch = null, step = 0, shell, uid }: { patch?: object | null; step?: number; shell?: string; uid?: number } = {}): Promise<Ran> {
  const args = [join(ROOT, SCRIPT), root, state, JSON.stringify(patch), String(step)];
  const [program, argv] = shell === undefined ? [process.execPath, args] : ['bash', ['-c', `${shell}; exec "$0" "$@"`, process.execPath, ...args]];
  const child = spawn(program, argv, { stdio: ['ignore', 'pipe', 'inherit'], ...(uid !== undefined && { uid, gid: uid }), env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: join(folder, 'compiled') } });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { end: signal ?? `exit ${code}`, said: out.trim().split('\n').filter((line) => line !== '') };
}

const contents = async ({ root }: Place) => Object.fromEntries(await Promise.all([...(await readdir(root)).filter((name) => name !== 'hotfix'), ...(await readdir(join(root, 'hotfix'))).map((name) => `hotfix/${name}`)].map(async (path) => [path, await readFile(join(root, path), 'utf8')] as const)));
const journal = async ({ state }: Place) => (await readFile(join(state, 'patches.journal'), 'utf8').catch(() => '')).split('\n').slice(0, -1).map((line) => (JSON.parse(line) as { id: string }).id);

/** A process takes a while to start, and each is alone in its place. */
async function inThrees<T>(steps: number, one: (step: number) => Promise<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for (let step = 1; step <= steps; step += 3) all.push(...(await Promise.all([step, step + 1, step + 2].filter((n) => n <= steps).map(one))));
  return all;
}
const stepsIn = ({ said }: Ran): number => Number(said.find((line) => line.startsWith('steps '))?.slice(6));

test('a process that is killed before any of its steps leaves all old or all new for the next one', async () => {
  const steps = stepsIn(await run(await place(), { patch: PATCH }));
  expect(steps).toBeGreaterThan(15);
  const found = await inThrees(steps, async (step) => {
    const at = await place();
    const killed = await run(at, { patch: PATCH, step });
    expect(killed.end).toBe('SIGKILL');
    const before = killed.said.at(-1) ?? '';
    expect(await run(at)).toMatchObject({ end: 'exit 0' });
    const isDecided = (await journal(at)).includes(PATCH.id);
    expect([before, await contents(at), await readdir(at.state)]).toEqual([before, isDecided ? NEW : OLD, isDecided ? ['patches.journal'] : []]);
    if (step % 4 === 0) {
      expect([before, (await run(at, { patch: PATCH })).said]).toEqual([before, expect.arrayContaining([isDecided ? 'patch_replayed' : 'ok 4'])]);
      expect(await contents(at)).toEqual(NEW);
    }
    return { before, isDecided };
  });
  // Everything up to the mark is undone, everything after it is completed, and there is one mark.
  const mark = found.findIndex(({ before }) => before === 'killed before: commit');
  expect(found.map(({ isDecided }) => isDecided)).toEqual(found.map((_, n) => n > mark));
});

/** Recovery is killed as well, again and again, and goes on where it stopped. */
test('a recovery that is killed before each of its steps in turn still completes', async () => {
  const at = await place();
  const steps = await run(at, { patch: PATCH, step: 14 }); // somewhere behind the mark
  expect(steps.end).toBe('SIGKILL');
  const decided = join(at.at, 'state', 'patch.committed');
  expect(JSON.parse(await readFile(decided, 'utf8'))).toMatchObject({ id: PATCH.id });
  const whole = await place();
  await rm(whole.at, { recursive: true });
  await cp(at.at, whole.at, { recursive: true });
  await inThrees(stepsIn(await run(whole)), async (step) => {
    const again = await place();
    await rm(again.at, { recursive: true });
    await cp(at.at, again.at, { recursive: true });
    const killed = await run(again, { step });
    expect(killed.end).toBe('SIGKILL');
    expect(await run(again)).toMatchObject({ end: 'exit 0' });
    expect([killed.said.at(-1), await contents(again), await readdir(again.state)]).toEqual([killed.said.at(-1), NEW, ['patches.journal']]);
    expect(new Set(await journal(again))).toEqual(new Set([PATCH.id]));
  });
});

/** The limit on file sizes stands in for a full disk: writes stop in the middle, as they do there. */
test('a disk that takes only a part of a file leaves everything as it was', async () => {
  const at = await place();
  expect((await run(at, { patch: PATCH, shell: 'ulimit -f 50' })).said).toContain('patch_not_applied');
  expect([await contents(at), await readdir(at.state)]).toEqual([OLD, []]);
  expect((await run(at, { patch: PATCH })).said).toContain('ok 4');
});

/** As root every folder can be written: there the process runs as nobody. */
test.each(['', 'hotfix'])('an install root whose folder %j may not be written leaves everything as it was', async (name) => {
  const nobody = process.getuid?.() === 0 ? 65_534 : undefined;
  const at = await place();
  await chmod(folder, 0o755);
  if (nobody !== undefined) for (const path of [at.root, at.state, join(at.root, 'hotfix'), ...Object.keys(OLD).map((file) => join(at.root, file))]) await chown(path, nobody, nobody);
  await chmod(join(at.root, name), 0o555);
  const ran = await run(at, { patch: PATCH, ...(nobody !== undefined && { uid: nobody }) });
  expect(ran.said).toContain('patch_not_applied');
  await chmod(join(at.root, name), 0o755);
  expect([await contents(at), await readdir(at.state)]).toEqual([OLD, []]);
});
