import { execFileSync } from 'node:child_process';
import { chmodSync, closeSync, constants, linkSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, statSync, symlinkSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { sha256Hex } from '@argus/keys/hash.ts';
import { describe, expect, test } from 'vitest';
import { memoryFiles } from '../../../testing/memory-files.ts';
import { scratch } from '../../../testing/scratch.ts';
import { contentOf, filesContract, named } from './files.contract.ts';
import { installRootFiles } from './install-root.ts';
import { knownConfigs } from './known-configs.ts';
import { isLinuxWeKnow, O_PATH, openByHandles, ownFile } from './open-by-handles.ts';
import { openByName } from './open-by-name.ts';

function put(root: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
}
const configs = () => knownConfigs(join(scratch(), 'known-configs.json'));
const rooted = (way: typeof openByName) => (files: Readonly<Record<string, string>>) => {
  const root = scratch();
  put(root, files);
  return installRootFiles(root, configs(), way);
};
filesContract('in memory', memoryFiles);
filesContract('by handles', rooted(openByHandles));
filesContract('by name', rooted(openByName));

/** A FIFO that somebody opens to read lets its writer in. A writer waits at this one for all of the tests. */
const fifo = join(scratch(), 'fifo.txt');
execFileSync('mkfifo', [fifo]);
/** A place outside with a file in it. */
function outside() {
  const folder = scratch();
  const secret = join(folder, 'secret.txt');
  writeFileSync(secret, 'OUTSIDE');
  return { folder, secret };
}
type Outside = ReturnType<typeof outside>;
type Attack = readonly [name: string, prepare: (root: string, out: Outside) => void];
const at = (name: string, make: (path: string, out: Outside, root: string) => void): Attack => [name, (root, out) => make(join(root, name), out, root)];

/** Guarantee (I4): whatever stands under an allowlisted name, nothing outside is opened, nothing waits, and both answers tell nothing of it. */
const attacks: Readonly<Record<string, Attack>> = {
  'a link out': at('argus.log', (path, { secret }) => symlinkSync(secret, path)),
  'a link out to nothing': at('argus.log', (path, { folder }) => symlinkSync(join(folder, 'nothing'), path)),
  'a link to a FIFO outside': at('argus.log', (path) => symlinkSync(fifo, path)),
  'a link onto an allowlisted name': at('argus.log', (path, _out, root) => {
    put(root, { 'version.txt': 'INSIDE' });
    symlinkSync('version.txt', path);
  }),
  'a link to itself': at('argus.log', (path) => symlinkSync(path, path)),
  'a link of four KiB': at('argus.log', (path) => symlinkSync(`/${'x/'.repeat(2_000)}`, path)),
  'a linked crashes': at('crashes/secret.txt', (_path, { folder }, root) => symlinkSync(folder, join(root, 'crashes'))),
  'a linked crashes with a FIFO in it': at('crashes/fifo.txt', (_path, _out, root) => symlinkSync(dirname(fifo), join(root, 'crashes'))),
  'crashes that is a link up': at('crashes/x.txt', (_path, _out, root) => {
    put(root, { 'x.txt': 'INSIDE' });
    symlinkSync('.', join(root, 'crashes'));
  }),
  'crashes that is a file': at('crashes/x.txt', (_path, _out, root) => put(root, { crashes: 'INSIDE' })),
  'a link in crashes': at('crashes/x.txt', (path, { secret }) => {
    mkdirSync(dirname(path));
    symlinkSync(secret, path);
  }),
  'another name of a file outside': at('argus.log', (path, { secret }) => linkSync(secret, path)),
  'another name of a file inside': at('argus.log', (path, _out, root) => {
    put(root, { 'version.txt': 'INSIDE' });
    linkSync(join(root, 'version.txt'), path);
  }),
  'a FIFO': at('argus.log', (path) => execFileSync('mkfifo', [path])),
  'another name of a FIFO outside': at('argus.log', (path) => linkSync(fifo, path)),
  'a link to a device': at('argus.log', (path) => symlinkSync('/dev/zero', path)),
  'a folder': at('argus.log', (path) => mkdirSync(path)),
  'a socket': at('argus.log', (path) => void createServer().listen(path).unref()),
};

describe.each([['by handles', openByHandles], ['by name', openByName]] as const)('%s', (how, way) => {
  test.each(Object.entries(attacks))('%s is refused at once, and is not opened', async (_what, [name, prepare]) => {
    const [root, out] = [scratch(), outside()];
    prepare(root, out);
    expect(readdirSync(root).length).toBeGreaterThan(0);
    const files = installRootFiles(root, configs(), way);
    const { answers, opens } = await opensOfFifo(() => contentOf(files, name));
    for (const answer of answers) expect(answer).toMatchObject({ ok: false, error: { code: 'path_not_allowlisted' } });
    expect(opens).toBe(0);
  });

  test('config.yaml is opened in no other way for its digest', async () => {
    for (const [name, prepare] of Object.values(attacks)) {
      if (name !== 'argus.log') continue;
      const [root, out] = [scratch(), outside()];
      prepare(root, out);
      renameSync(join(root, 'argus.log'), join(root, 'config.yaml'));
      expect(await installRootFiles(root, configs(), way).configDigest()).toBeNull();
    }
  });

  test('an install root that is not there has no files; one that is a link is the folder it points to', async () => {
    expect(await contentOf(installRootFiles('/nowhere/at/all', configs(), way), 'argus.log')).toMatchObject({ ok: false, error: { code: 'file_not_found' } });
    const root = scratch();
    put(root, { 'argus.log': 'here' });
    const link = join(scratch(), 'link');
    symlinkSync(root, link);
    expect(await contentOf(installRootFiles(link, configs(), way), 'argus.log')).toEqual({ ok: true, value: 'here' });
  });

  test('a file that was deleted, moved or replaced while it is read is read to its end', async () => {
    const root = scratch();
    put(root, { 'argus.log': 'the old one' });
    const read = await installRootFiles(root, configs(), way).use(named('argus.log'), async (file) => {
      renameSync(join(root, 'argus.log'), join(root, 'argus.log.1'));
      put(root, { 'argus.log': 'the new one' });
      rmSync(join(root, 'argus.log.1'));
      return Buffer.from(await file.read(0, 100)).toString();
    });
    expect(read).toEqual({ ok: true, value: 'the old one' });
  });

  test('no handle is left open, whatever came of it', async () => {
    const root = scratch();
    put(root, { 'argus.log': 'x', 'crashes/x.txt': 'x' });
    symlinkSync('/etc/hostname', join(root, 'version.txt'));
    const files = installRootFiles(root, configs(), way);
    const before = readdirSync('/proc/self/fd').length;
    for (let n = 0; n < 20; n++) {
      for (const name of ['argus.log', 'crashes/x.txt', 'version.txt', 'agent_info.json']) await contentOf(files, name);
      await files.use(named('argus.log'), () => Promise.reject(new Error('a bug'))).catch(() => undefined);
    }
    expect(readdirSync('/proc/self/fd').length).toBe(before);
  });

  test('a configuration of the largest size has a digest, one byte more and it has none', async () => {
    const root = scratch();
    writeFileSync(join(root, 'config.yaml'), Buffer.alloc(1_048_576, 'a'));
    expect(await installRootFiles(root, configs(), way).configDigest()).toBe(sha256Hex(Buffer.alloc(1_048_576, 'a')));
    truncateSync(join(root, 'config.yaml'), 1_048_577);
    expect(await installRootFiles(root, configs(), way).configDigest()).toBeNull();
    truncateSync(join(root, 'config.yaml'), 10 * 2 ** 30);
    expect(await installRootFiles(root, configs(), way).configDigest()).toBeNull();
  });

  /** Who may rename here, and not read: a local user of the group that the folder belongs to. */
  test.each<readonly [string, (root: string) => void]>([
    ['moved', (root) => renameSync(join(root, 'config.yaml'), join(root, 'argus.log.1'))],
    ['moved, and another one put in its place', (root) => {
      renameSync(join(root, 'config.yaml'), join(root, 'argus.log.1'));
      put(root, { 'config.yaml': 'streams: 4\n' });
    }],
    ['moved twice', (root) => {
      renameSync(join(root, 'config.yaml'), join(root, 'crashes/x.txt'));
      renameSync(join(root, 'crashes/x.txt'), join(root, 'argus.log.1'));
    }],
    ['changed in place, and moved', (root) => {
      writeFileSync(join(root, 'config.yaml'), 'token: hunter3\n');
      renameSync(join(root, 'config.yaml'), join(root, 'argus.log.1'));
    }],
  ])('a configuration that was %s is not shown under the name of a log, and not after a restart', async (_what, attack) => {
    const [root, kept] = [scratch(), join(scratch(), 'known-configs.json')];
    put(root, { 'config.yaml': 'token: hunter2\n', 'argus.log': 'a line\n', 'crashes/x.txt': 'x' });
    const files = installRootFiles(root, knownConfigs(kept), way);
    expect(await contentOf(files, 'argus.log')).toEqual({ ok: true, value: 'a line\n' }); // whatever is read, the configuration is looked at
    attack(root);
    for (const now of [files, installRootFiles(root, knownConfigs(kept), way)]) {
      expect(await contentOf(now, 'argus.log.1')).toMatchObject({ ok: false, error: { code: 'path_not_allowlisted' } });
      expect(await contentOf(now, 'argus.log')).toEqual({ ok: true, value: 'a line\n' });
    }
    renameSync(join(root, 'argus.log.1'), join(root, 'config.yaml'));
    expect(await contentOf(files, 'config.yaml')).toMatchObject({ ok: true });
  });

  test('a log that has the number of a configuration that is gone is a log', async () => {
    const root = scratch();
    put(root, { 'config.yaml': 'a: 1\n' });
    const files = installRootFiles(root, configs(), way);
    await files.configDigest();
    const { ino } = statSync(join(root, 'config.yaml'));
    rmSync(join(root, 'config.yaml'));
    for (let n = 1; n < 50; n++) {
      put(root, { [`argus.log.${n}`]: 'a line\n' });
      expect(await contentOf(files, `argus.log.${n}`)).toEqual({ ok: true, value: 'a line\n' });
      if (statSync(join(root, `argus.log.${n}`)).ino === ino) break; // most file systems: the first one
    }
  });

  // Root may read anything: then nothing is refused, and nothing is shown by this one.
  test(`a file the agent may not read is file_not_found (${how})`, async () => {
    const root = scratch();
    put(root, { 'argus.log': 'x' });
    chmodSync(join(root, 'argus.log'), 0);
    const read = await contentOf(installRootFiles(root, configs(), way), 'argus.log');
    expect(read).toMatchObject(process.getuid?.() === 0 ? { ok: true } : { ok: false, error: { code: 'file_not_found' } });
  });
});

const ROUNDS = 20;
/** A writer is let in when, and only when, somebody opens the FIFO. Several rounds: it has to have come to the door. */
async function opensOfFifo<T>(run: () => Promise<T>): Promise<{ readonly answers: readonly T[]; readonly opens: number }> {
  const through = { writer: false };
  const writer = open(fifo, 'w').then((handle) => {
    through.writer = true;
    return handle.close();
  });
  const answers: T[] = [];
  for (let n = 0; n < ROUNDS; n++) answers.push(await run());
  const opens = through.writer ? 1 : 0;
  // On a busy machine the writer may not even have begun to wait: one opening would not let it go.
  while (!through.writer) {
    closeSync(openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await writer;
  return { answers, opens };
}

test('the count of opens counts one', async () => {
  const { opens } = await opensOfFifo(async () => (await open(fifo, constants.O_RDONLY | constants.O_NONBLOCK)).close());
  expect(opens).toBe(1);
});

/** The race that no test wins by trying: what is done between our holding a place and our asking about it. */
test.each<readonly [string, (root: string, secret: string) => void]>([
  ['nothing is done', () => undefined],
  ['a file outside loses the name that it had here', (root) => unlinkSync(join(root, 'argus.log'))],
  ['it is moved to another name here', (root) => renameSync(join(root, 'argus.log'), join(root, 'elsewhere'))],
  ['it is moved out', (root, secret) => renameSync(join(root, 'argus.log'), secret)],
  ['it gets its name back', (root, secret) => {
    unlinkSync(join(root, 'argus.log'));
    linkSync(secret, join(root, 'argus.log'));
  }],
])('when %s while we hold its place, a file with a name outside is not opened', async (_what, meanwhile) => {
  const [root, { secret }] = [scratch(), outside()];
  linkSync(secret, join(root, 'argus.log'));
  const [top, place] = [await open(root, O_PATH), await open(join(root, 'argus.log'), O_PATH)];
  meanwhile(root, secret);
  expect(await ownFile({ top, place }, 'argus.log')).toMatchObject({ ok: false, error: { code: 'path_not_allowlisted' } });
  await Promise.all([top.close(), place.close()]);
});

test('a place is no open file: O_PATH is the number we take it for', async () => {
  const { opens } = await opensOfFifo(async () => closeSync(openSync(fifo, O_PATH | constants.O_NOFOLLOW))); // without a writer it would wait here
  expect(opens).toBe(0);
  expect(isLinuxWeKnow).toBe(process.platform === 'linux');
});
