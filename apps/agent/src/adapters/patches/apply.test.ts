/** A real folder, real links, real modes. What is killed here is frozen at a step; real kills are in e2e/patch-killed. */
import { chmodSync, existsSync, linkSync, mkdirSync, readdirSync, readFileSync, readlinkSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { sha256Hex } from '@argus/keys/hash.ts';
import { mustId } from '@argus/protocol/ids.ts';
import { describe, expect, test } from 'vitest';
import { memoryPatches } from '../../../testing/memory-patches.ts';
import { scratch } from '../../../testing/scratch.ts';
import type { Patches } from '../../ports.ts';
import { openPatches } from './apply.ts';

const NOW = Date.UTC(2026, 2, 1, 12);
const always = () => true;
const patch = (contents: Readonly<Record<string, string>>, name = 'patch_0001') => ({
  id: mustId('patch', name),
  files: Object.entries(contents).map(([path, text]) => ({ path, bytes: new Uint8Array(Buffer.from(text)), sha256: sha256Hex(text) })),
});
const THREE = { 'config.yaml': 'new: config\n', 'hotfix/a.json': '{"new":"a"}', 'hotfix/b.yaml': 'new: b\n' };

type Steps = (what: string, n: number) => void | Promise<void>;
async function place({ steps, ...at }: { steps?: Steps; root?: string; state?: string } = {}) {
  const folder = scratch();
  const { root = join(folder, 'install'), state = join(folder, 'state') } = at;
  if (at.root === undefined) {
    for (const one of [root, state, join(root, 'hotfix')]) mkdirSync(one, { recursive: true });
    writeFileSync(join(root, 'config.yaml'), 'old: config\n', { mode: 0o640 });
    writeFileSync(join(root, 'hotfix/a.json'), '{"old":"a"}', { mode: 0o600 });
  }
  const notes: string[] = [];
  let n = 0;
  const patches = await openPatches({ installRoot: root, stateDir: state, clock: { now: () => NOW }, note: (what) => void notes.push(what), step: (what) => (n++, steps?.(what, n)) });
  const read = (path: string) => (existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : null);
  return { root, state, patches, notes, read, all: () => Object.keys(THREE).map(read), stepsTaken: () => n };
}
const OLD = ['old: config\n', '{"old":"a"}', null];
const NEW = Object.values(THREE);
const codeOf = (answer: Awaited<ReturnType<Patches['apply']>>) => (answer.ok ? 'ok' : answer.error.code);
/** Beside what belongs there. */
const leftovers = (p: { root: string; state: string }) => [...readdirSync(p.root).filter((name) => !['config.yaml', 'hotfix'].includes(name)), ...readdirSync(p.state).filter((name) => name !== 'patches.journal'), ...readdirSync(join(p.root, 'hotfix')).filter((name) => !/^[ab]\./.test(name))];

describe.each<[string, () => Promise<Patches>]>([['on disk', async () => (await place()).patches], ['in memory', async () => memoryPatches()]])('patches %s', (_name, open) => {
  test('an applied file is told with what it was and what it is', async () => {
    const patches = await open();
    const first = await patches.apply(patch({ 'hotfix/b.yaml': 'one' }), always);
    expect(first).toEqual({ ok: true, value: [{ path: 'hotfix/b.yaml', before_sha256: null, after_sha256: sha256Hex('one') }] });
    expect(await patches.apply(patch({ 'hotfix/b.yaml': 'two' }, 'patch_0002'), always)).toEqual({ ok: true, value: [{ path: 'hotfix/b.yaml', before_sha256: sha256Hex('one'), after_sha256: sha256Hex('two') }] });
  });
  test('an id is taken once, also when it is asked twice at the same moment', async () => {
    const patches = await open();
    const answers = await Promise.all([patches.apply(patch(THREE), always), patches.apply(patch(THREE), always)]);
    expect(answers.map(codeOf)).toEqual(['ok', 'patch_replayed']);
    expect(patches.isSeen(mustId('patch', 'patch_0001'))).toBe(true);
  });
  test('what nobody wants any more does not happen, and its id stays free', async () => {
    const patches = await open();
    expect(codeOf(await patches.apply(patch(THREE), () => false))).toBe('session_expired');
    expect(patches.isSeen(mustId('patch', 'patch_0001'))).toBe(false);
    expect(codeOf(await patches.apply(patch(THREE), always))).toBe('ok');
  });
  test('a path off the list is refused here too, whoever verified it', async () => expect(codeOf(await (await open()).apply(patch({ 'config.yaml': 'x', '../x.json': 'x' }), always))).toBe('patch_target_not_allowlisted'));
});

test('all files are replaced, with the modes they had; a new one is for its owner alone; nothing is left behind', async () => {
  const p = await place();
  expect(codeOf(await p.patches.apply(patch(THREE), always))).toBe('ok');
  expect(p.all()).toEqual(NEW);
  expect(Object.keys(THREE).map((path) => (statSync(join(p.root, path)).mode & 0o7777).toString(8))).toEqual(['640', '600', '600']);
  expect(leftovers(p)).toEqual([]);
  expect(JSON.parse(readFileSync(join(p.state, 'patches.journal'), 'utf8'))).toMatchObject({ id: 'patch_0001', at: '2026-03-01T12:00:00.000Z', applied: [{ path: 'config.yaml', before_sha256: sha256Hex('old: config\n') }, {}, { before_sha256: null }] });
  expect(statSync(join(p.state, 'patches.journal')).mode & 0o777).toBe(0o600);
});

test('an install root without the folder hotfix gets one, for its owner alone, once it is decided', async () => {
  const p = await place();
  rmSync(join(p.root, 'hotfix'), { recursive: true });
  expect(codeOf(await p.patches.apply(patch(THREE), () => existsSync(join(p.root, 'hotfix'))))).toBe('session_expired');
  expect(codeOf(await p.patches.apply(patch(THREE), always))).toBe('ok');
  expect(statSync(join(p.root, 'hotfix')).mode & 0o777).toBe(0o700);
});

/** Guarantee: a seen id is seen in every later life. */
test('an id that was applied is replayed after a restart, and after many', async () => {
  const p = await place();
  await p.patches.apply(patch(THREE), always);
  await p.patches.apply(patch({ 'config.yaml': 'third\n' }, 'patch_0002'), always);
  for (let life = 0; life < 3; life++) {
    const next = await place(p);
    expect([codeOf(await next.patches.apply(patch(THREE), always)), next.patches.isSeen(mustId('patch', 'patch_0002')), next.read('config.yaml')]).toEqual(['patch_replayed', true, 'third\n']);
  }
});

// ---- targets nobody may write through

const outside = (p: { root: string }) => {
  const path = join(p.root, '..', 'outside.yaml');
  writeFileSync(path, 'outside\n');
  return path;
};
test.each<[string, string, (target: string, p: Awaited<ReturnType<typeof place>>) => void]>([
  ['a link to a file outside', 'patch_mode_forbidden', (target, p) => symlinkSync(outside(p), target)],
  ['a link to a file inside', 'patch_mode_forbidden', (target, p) => symlinkSync(join(p.root, 'hotfix/a.json'), target)],
  ['a link to nothing', 'patch_mode_forbidden', (target) => symlinkSync('/nowhere/at/all', target)],
  ['a file with another name', 'patch_mode_forbidden', (target, p) => linkSync(outside(p), target)],
  ['a folder', 'patch_mode_forbidden', (target) => mkdirSync(target)],
  ['a pipe', 'patch_mode_forbidden', (target) => void execFileSync('mkfifo', [target])],
  ['an executable', 'patch_mode_forbidden', (target) => writeFileSync(target, 'old', { mode: 0o755 })],
  ['a file that only others may execute', 'patch_mode_forbidden', (target) => (writeFileSync(target, 'old'), chmodSync(target, 0o601))],
  ['a file that runs as its owner', 'patch_mode_forbidden', (target) => (writeFileSync(target, 'old'), chmodSync(target, 0o4600))],
])('a target that is %s is refused with %s, and the other files of the patch stay as well', async (_name, code, make) => {
  const p = await place();
  rmSync(join(p.root, 'config.yaml'));
  make(join(p.root, 'config.yaml'), p);
  expect(codeOf(await p.patches.apply(patch({ 'hotfix/a.json': 'new', 'config.yaml': 'new' }), always))).toBe(code);
  expect(p.read('hotfix/a.json')).toBe('{"old":"a"}');
  if (existsSync(join(p.root, '../outside.yaml'))) expect(readFileSync(join(p.root, '../outside.yaml'), 'utf8')).toBe('outside\n');
  expect(leftovers(p)).toEqual([]);
});

test('a folder hotfix that is a link is not written into', async () => {
  const p = await place();
  const elsewhere = join(p.root, '../elsewhere');
  mkdirSync(elsewhere);
  rmSync(join(p.root, 'hotfix'), { recursive: true });
  symlinkSync(elsewhere, join(p.root, 'hotfix'));
  expect(codeOf(await p.patches.apply(patch(THREE), always))).toBe('patch_mode_forbidden');
  expect([readdirSync(elsewhere), p.read('config.yaml')]).toEqual([[], 'old: config\n']);
});

// ---- somebody at the machine, in between

/** Guarantee: however a target is swapped, nothing outside the install root is written. Every step is a moment to do it. */
test('a target that becomes a link at any moment is never followed', async () => {
  const { stepsTaken } = await (async () => {
    const p = await place();
    await p.patches.apply(patch(THREE), always);
    return p;
  })();
  for (let moment = 1; moment <= stepsTaken(); moment++) {
    const p: Awaited<ReturnType<typeof place>> = await place({
      steps: (_what, n) => {
        if (n !== moment) return;
        rmSync(join(p.root, 'config.yaml'));
        symlinkSync(outside(p), join(p.root, 'config.yaml'));
      },
    });
    const code = codeOf(await p.patches.apply(patch(THREE), always));
    expect(['ok', 'patch_mode_forbidden', 'patch_not_applied']).toContain(code);
    expect([moment, readFileSync(join(p.root, '../outside.yaml'), 'utf8')]).toEqual([moment, 'outside\n']);
    expect(leftovers(p)).toEqual([]);
    if (code !== 'ok') expect(p.read('hotfix/a.json')).toBe('{"old":"a"}');
  }
});

test.runIf(process.platform === 'linux')('a folder hotfix that is swapped for a link at any moment is never followed', async () => {
  for (let moment = 1; moment <= 16; moment++) {
    const p: Awaited<ReturnType<typeof place>> = await place({
      steps: (_what, n) => {
        if (n !== moment) return;
        mkdirSync(join(p.root, '../elsewhere'));
        renameSync(join(p.root, 'hotfix'), join(p.root, '../moved'));
        symlinkSync(join(p.root, '../elsewhere'), join(p.root, 'hotfix'));
      },
    });
    await p.patches.apply(patch(THREE), always);
    const elsewhere = join(p.root, '../elsewhere');
    expect([moment, existsSync(elsewhere) ? readdirSync(elsewhere) : []]).toEqual([moment, []]);
  }
});

test('a target that somebody edits while the patch is prepared is not overwritten', async () => {
  const p: Awaited<ReturnType<typeof place>> = await place({ steps: (what) => void (what === 'flush config.yaml' && writeFileSync(join(p.root, 'config.yaml'), 'edited by hand\n')) });
  expect(codeOf(await p.patches.apply(patch(THREE), always))).toBe('patch_not_applied');
  expect(p.all()).toEqual(['edited by hand\n', '{"old":"a"}', null]);
});

// ---- disks

const failing = (code: string) => Object.assign(new Error(`${code}: no room`), { code });
test('a disk that is full, or breaks, at any step leaves all old or all new, and says which', async () => {
  const { stepsTaken } = await (async () => {
    const p = await place();
    await p.patches.apply(patch(THREE), always);
    return p;
  })();
  const seen = new Set<string>();
  for (let moment = 1; moment <= stepsTaken(); moment++) {
    let isFull = true;
    const p = await place({
      steps: (_what, n) => {
        if (n >= moment && isFull) throw failing('ENOSPC');
      },
    });
    const code = codeOf(await p.patches.apply(patch(THREE), always));
    seen.add(code);
    if (code === 'patch_not_applied') expect([p.all(), leftovers(p)]).toEqual([OLD, []]);
    else expect(p.patches.isSeen(mustId('patch', 'patch_0001'))).toBe(true);
    isFull = false; // there is room again
    if (code === 'patch_not_applied') expect(codeOf(await p.patches.apply(patch(THREE), always))).toBe('ok');
    else expect(codeOf(await p.patches.apply(patch({ 'hotfix/c.json': '{}' }, 'patch_0002'), always))).toBe('ok'); // the decided one first
    expect(p.all()).toEqual(NEW);
    expect(codeOf(await p.patches.apply(patch(THREE), always))).toBe('patch_replayed');
  }
  expect([...seen].toSorted()).toEqual(['patch_incomplete', 'patch_not_applied']);
});

test('an install root that is not there is no reason to stop, until a patch comes', async () => {
  const p = await place();
  rmSync(p.root, { recursive: true });
  const next = await place(p);
  expect(codeOf(await next.patches.apply(patch(THREE), always))).toBe('patch_not_applied');
});

// ---- restarts

/** Guarantee: all old or all new, wherever it stopped. The frozen process never goes on; the next life looks at the disk. */
test('frozen at any step, the next life finds all old or all new, and knows which', async () => {
  let decidedAt = 0;
  for (let moment = 1; ; moment++) {
    let [freeze, letGo] = [() => {}, () => {}];
    const frozen = new Promise<'frozen'>((resolve) => (freeze = () => resolve('frozen')));
    const p = await place({ steps: (_what, n) => (n === moment ? (freeze(), new Promise<never>((_, fail) => (letGo = () => fail(failing('EIO'))))) : undefined) });
    const first = p.patches.apply(patch(THREE), always);
    const how = await Promise.race([frozen, first]);
    if (how !== 'frozen') {
      expect([codeOf(how), decidedAt > 5, moment > decidedAt + 5]).toEqual(['ok', true, true]);
      return;
    }
    const next = await place(p);
    const isDecided = next.patches.isSeen(mustId('patch', 'patch_0001'));
    if (isDecided) decidedAt ||= moment;
    expect([moment, next.all(), leftovers(p)]).toEqual([moment, isDecided ? NEW : OLD, []]);
    expect(existsSync(join(p.state, 'patches.journal'))).toBe(isDecided);
    expect(codeOf(await next.patches.apply(patch(THREE), always))).toBe(isDecided ? 'patch_replayed' : 'ok');
    expect(next.all()).toEqual(NEW);
    letGo(); // only so that it closes its files
    await first;
  }
});

/** A place that stopped right after the commit mark, before anything was put in place. */
async function decided() {
  const p = await place({ steps: (what) => (what === 'put config.yaml in place' ? Promise.reject(failing('EIO')) : undefined) });
  expect(codeOf(await p.patches.apply(patch(THREE), always))).toBe('patch_incomplete');
  expect(p.all()).toEqual(OLD);
  return p;
}

test.each<[string, (p: Awaited<ReturnType<typeof place>>) => void]>([
  ['was changed', (p) => writeFileSync(join(p.root, '.argus-patch/0'), '#!/bin/sh\nevil\n', { mode: 0o755 })],
  ['is gone', (p) => rmSync(join(p.root, '.argus-patch'), { recursive: true })],
  ['is a link', (p) => (rmSync(join(p.root, '.argus-patch/1')), symlinkSync('/etc/hostname', join(p.root, '.argus-patch/1')))],
  ['is executable', (p) => chmodSync(join(p.root, '.argus-patch/0'), 0o755)],
])('a decided patch is completed from the agent’s own directory when what was staged %s', async (_name, meddle) => {
  const p = await decided();
  meddle(p);
  const next = await place(p);
  expect([next.all(), leftovers(p)]).toEqual([NEW, []]);
  expect(statSync(join(p.root, 'config.yaml')).mode & 0o777).toBe(0o640);
});

test('what somebody changed by hand after a patch was complete is not changed back by tidying up', async () => {
  const p = await place({ steps: (what) => (what === 'clear' ? Promise.reject(failing('EIO')) : undefined) });
  await p.patches.apply(patch(THREE), always);
  writeFileSync(join(p.root, 'config.yaml'), 'edited by hand\n');
  const next = await place(p);
  expect([next.read('config.yaml'), leftovers(p), next.patches.isSeen(mustId('patch', 'patch_0001'))]).toEqual(['edited by hand\n', [], true]);
});

test('a decided patch that cannot be completed stops the start, with a sentence that names it', async () => {
  const p = await decided();
  rmSync(join(p.root, 'config.yaml'));
  mkdirSync(join(p.root, 'config.yaml'));
  await expect(place(p)).rejects.toThrow(/^The patch patch_0001 was decided and cannot be completed: .*Mend that in .*install, then start again\.$/s);
  rmSync(join(p.root, 'config.yaml'), { recursive: true });
  expect((await place(p)).all()).toEqual(NEW);
});

test('a line of the journal that a crash cut at any byte does not count, and is taken away', async () => {
  const p = await place();
  await p.patches.apply(patch(THREE), always);
  const path = join(p.state, 'patches.journal');
  const whole = readFileSync(path);
  for (let length = 0; length < whole.length; length += 17) {
    writeFileSync(path, whole.subarray(0, length));
    expect((await place(p)).patches.isSeen(mustId('patch', 'patch_0001'))).toBe(false);
    expect(readFileSync(path).length).toBe(0);
  }
});

test.each([['patches.journal', 'nonsense\n'], ['patch.committed', '{"id":"patch_0001"}'], ['patch.committed', '']])('a damaged %s stops the start with a sentence', async (name, text) => {
  const p = await place();
  writeFileSync(join(p.state, name), text);
  await expect(place(p)).rejects.toThrow(/is damaged/);
});

test('a folder for new contents that is a link is not followed, neither at the start nor later', async () => {
  const p = await place();
  const elsewhere = join(p.root, '../elsewhere');
  mkdirSync(elsewhere);
  writeFileSync(join(elsewhere, 'precious'), 'x');
  symlinkSync(elsewhere, join(p.root, '.argus-patch'));
  expect(codeOf(await p.patches.apply(patch(THREE), always))).toBe('ok');
  symlinkSync(elsewhere, join(p.root, '.argus-patch'));
  await place(p);
  expect([readdirSync(elsewhere), leftovers(p)]).toEqual([['precious'], []]);
  expect(() => readlinkSync(join(p.root, '.argus-patch'))).toThrow();
});
