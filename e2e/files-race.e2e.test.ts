/**
 * Guarantee (I4): while somebody swaps what stands under the names of an install root, files, links and folders, not one
 * byte of a file outside is read, and none outside is ever opened.
 */
import { execFileSync, fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, linkSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installRootFiles } from '@argus/agent/adapters/files/install-root.ts';
import { knownConfigs } from '@argus/agent/adapters/files/known-configs.ts';
import { readableFile } from '@argus/protocol/readable-files.ts';
import { afterAll, expect, test } from 'vitest';

const READS = 10_000;
const AT_ONCE = 4;
const place = mkdtempSync(join(tmpdir(), 'argus-race-'));
const [root, outside] = [join(place, 'root'), join(place, 'outside')];
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(place, { recursive: true, force: true });
});

/** What the kernel says of every open of these: of a folder what is opened by a name in it, of a file by whatever name. */
async function watchOpens(paths: readonly string[]): Promise<{ readonly opens: () => readonly string[] }> {
  const watcher = spawn('inotifywait', ['--monitor', '--event', 'open', '--format', '%w%f', ...paths], { stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(watcher);
  let [seen, said] = ['', ''];
  watcher.stdout.on('data', (chunk: Buffer) => (seen += chunk.toString()));
  await new Promise<void>((ready, fail) => {
    watcher.on('error', () => fail(new Error('inotifywait is not here. Install the Debian package inotify-tools, then run this again.')));
    watcher.on('exit', () => fail(new Error(`inotifywait ended: ${said}`)));
    watcher.stderr.on('data', (chunk: Buffer) => /established/.test((said += chunk.toString())) && ready());
  });
  return { opens: () => seen.split('\n').filter((line) => line !== '') };
}

test('ten thousand reads beside a process that swaps files, links and folders', async () => {
  mkdirSync(join(root, 'crashes'), { recursive: true });
  mkdirSync(outside);
  const secret = join(outside, 'x.txt');
  writeFileSync(secret, 'OUTSIDE');
  writeFileSync(join(root, 'crashes', 'x.txt'), 'INSIDE');
  execFileSync('mkfifo', [join(outside, 'fifo.txt')]);
  execFileSync('mkfifo', [join(root, 'crashes', 'fifo.txt')]);

  const watched = await watchOpens([outside, secret]);
  let isFifoOpened = false; // let in when, and only when, somebody opens it to read
  const writer = open(join(outside, 'fifo.txt'), 'w').then((handle) => {
    isFifoOpened = true;
    return handle.close();
  });
  const swapper = fork(join(import.meta.dirname, 'swap-files.ts'), [root, outside], { execArgv: [] });
  children.push(swapper);
  await once(swapper, 'message');

  const files = installRootFiles(root, knownConfigs(join(outside, 'known-configs.json')));
  const names = ['argus.log', 'crashes/x.txt', 'argus.log', 'crashes/fifo.txt'].flatMap((name) => readableFile(name) ?? []);
  expect(names).toHaveLength(AT_ONCE);
  const seen = new Map<string, number>();
  await Promise.all(
    names.map(async (name) => {
      for (let n = 0; n < READS / AT_ONCE; n++) {
        const read = await files.use(name, async (file) => Buffer.from(await file.read(0, 100)).toString());
        const what = read.ok ? read.value : read.error.code;
        seen.set(what, (seen.get(what) ?? 0) + 1);
      }
    }),
  );
  // The kernel tells in order: before the last one there was none.
  const last = join(outside, 'last.txt');
  writeFileSync(last, '');
  await expect.poll(() => watched.opens()).toContain(last);
  expect([swapper.exitCode, isFifoOpened, watched.opens()]).toEqual([null, false, [last]]);
  expect([...seen.keys()].toSorted()).toEqual(['INSIDE', 'file_not_found', 'path_not_allowlisted']);
  for (const [what, times] of seen) expect(times, what).toBeGreaterThan(20); // it did come upon all of them
  swapper.kill('SIGKILL');
  await once(swapper, 'exit');

  // And both would have told.
  rmSync(join(root, 'argus.log'), { force: true, recursive: true });
  linkSync(secret, join(root, 'argus.log'));
  readFileSync(join(root, 'argus.log'));
  closeSync(openSync(join(outside, 'fifo.txt'), constants.O_RDONLY | constants.O_NONBLOCK));
  await writer;
  await expect.poll(() => watched.opens()).toContain(secret);
  expect(isFifoOpened).toBe(true);
}, 120_000);
