import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { embeddedConnection } from '@argus/ops-api/db/embedded-database.ts';
import { testServer } from '@argus/testkit/postgres.ts';
import { type Scratch, processesNaming, scratchDataDir } from '@argus/testkit/scratch-data-dir.ts';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type EmbeddedPostgres, openEmbeddedPostgres, stopEmbeddedPostgres } from './open.ts';
import { type DatabaseRole, passwordFile } from './passwords.ts';

const said: string[] = [];
const say = (line: string): void => void said.push(line);
const children: ChildProcess[] = [];
let scratch: Scratch;
/**
 * Where the database's account can reach them wherever the checkout is, so that each test sees only what it is about.
 */
let programs: Scratch;
const packaged = (): string => join(programs.folder, 'native');

beforeAll(async () => {
  programs = await scratchDataDir();
  await cp(testServer().programs, packaged(), { recursive: true, verbatimSymlinks: true });
});
afterAll(() => programs.remove());
beforeEach(async () => {
  said.length = 0;
  scratch = await scratchDataDir();
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await scratch.remove();
});

const open = (more: { readonly dataDir?: string; readonly packaged?: string } = {}): Promise<EmbeddedPostgres> =>
  openEmbeddedPostgres({
    dataDir: scratch.dataDir,
    stateFolder: scratch.stateFolder,
    packaged: packaged(),
    say,
    ...more,
  });

async function asAdmin<T>(server: EmbeddedPostgres, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client(embeddedConnection(server, 'admin', await server.passwordOf('admin'), 'postgres'));
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const remember = (server: EmbeddedPostgres): Promise<unknown> =>
  asAdmin(server, (c) => c.query('create table remembered (x int)'));
const remembers = (server: EmbeddedPostgres): Promise<unknown> =>
  asAdmin(server, async (c) => (await c.query(`select to_regclass('remembered') is not null as yes`)).rows[0]?.yes);

async function goneWithin(pid: number): Promise<void> {
  await expect.poll(() => processesNaming(scratch.folder), { timeout: 10_000 }).not.toContain(pid);
}

test('a fresh data dir gets a server, a second start adopts it, and stop leaves no process behind', async () => {
  const first = await open();
  expect(first.adopted).toBe(false);
  await remember(first);
  const second = await open();
  expect([second.adopted, second.pid, second.socketDir]).toEqual([true, first.pid, first.socketDir]);
  expect(await remembers(second)).toBe(true);
  await Promise.all([second.stop(), second.stop()]);
  await first.stop();
  expect(await processesNaming(scratch.folder)).toEqual([]);
  await expect(stat(first.socketDir)).rejects.toThrow('ENOENT');
  const third = await open();
  expect(await remembers(third)).toBe(true);
  expect(said).toEqual([]);
});

test('two starts at once agree on one server', async () => {
  const [one, two] = await Promise.all([open(), open()]);
  expect(one.pid).toBe(two.pid);
  expect(one.adopted).toBe(!two.adopted);
});

test('two data dirs side by side have two servers, and the passwords of one do not open the other', async () => {
  const one = await open();
  const other = await scratchDataDir();
  try {
    const two = await openEmbeddedPostgres({ dataDir: other.dataDir, packaged: packaged(), say });
    expect(two.pid).not.toBe(one.pid);
    const crossed = { ...two, passwordOf: (role: DatabaseRole) => one.passwordOf(role) };
    await expect(remembers(crossed)).rejects.toThrow('password authentication failed');
  } finally {
    await other.remove();
  }
});

describe('after a hard stop', () => {
  test('a server killed with -9 under open connections is started again with everything it acknowledged', async () => {
    const before = await open();
    await remember(before);
    const connected = new Client(embeddedConnection(before, 'admin', await before.passwordOf('admin'), 'postgres'));
    connected.on('error', () => undefined);
    await connected.connect();
    process.kill(before.pid, 'SIGKILL');
    const after = await open();
    expect(after.adopted).toBe(false);
    expect(await remembers(after)).toBe(true);
  });

  test('a number that went to another program does not keep it from starting, and that program lives on', async () => {
    const before = await open();
    await remember(before);
    process.kill(before.pid, 'SIGKILL');
    await goneWithin(before.pid);
    const { uid, gid } = await stat(before.cluster);
    const bystander = spawn('/bin/sleep', ['600'], { uid, gid, cwd: '/', stdio: 'ignore' });
    children.push(bystander);
    await once(bystander, 'spawn');
    const pidFile = join(before.cluster, 'postmaster.pid');
    const [, ...rest] = (await readFile(pidFile, 'utf8')).split('\n');
    await writeFile(pidFile, [String(bystander.pid), ...rest].join('\n'));
    const after = await open();
    expect(await remembers(after)).toBe(true);
    expect(bystander.exitCode ?? bystander.signalCode).toBe(null);
    expect(said).toEqual([expect.stringContaining('is still taken')]);
    await after.stop();
    expect(bystander.exitCode ?? bystander.signalCode).toBe(null);
  });

  test('a start killed in the middle of making the database bricks nothing', async () => {
    const prepare = join(import.meta.dirname, '../../db/prepare.ts');
    const starting = spawn(process.execPath, [prepare], { env: { ARGUS_DATA_DIR: scratch.dataDir }, stdio: 'ignore' });
    children.push(starting);
    const drafts = async (): Promise<readonly string[]> =>
      (await readdir(scratch.dataDir)).filter((name) => name.startsWith('postgres.new-'));
    await expect.poll(async () => (await drafts()).length, { timeout: 10_000, interval: 5 }).toBe(1);
    starting.kill('SIGKILL');
    await once(starting, 'exit');
    const server = await open();
    expect(await asAdmin(server, async (c) => (await c.query('select 1 as one')).rows)).toEqual([{ one: 1 }]);
    await expect.poll(() => drafts(), { timeout: 10_000 }).toEqual([]);
    expect(await readdir(server.socketDir)).toEqual(['.s.PGSQL.5432', '.s.PGSQL.5432.lock']);
  });

  test('a server whose data dir was removed under it makes room for the new one', async () => {
    const before = await open();
    await rm(scratch.dataDir, { recursive: true });
    const after = await open();
    expect(after.pid).not.toBe(before.pid);
    expect(await remembers(after)).toBe(false);
    expect(said).toEqual([expect.stringContaining('a database that was removed still ran')]);
  });
});

describe('what does not belong together is refused in a sentence', () => {
  test('a password file somebody else may read', async () => {
    await (await open()).stop();
    await chmod(passwordFile(scratch.dataDir, 'admin'), 0o644);
    await expect(open()).rejects.toThrow(/is a secret and not a file that only we can read .* chmod 600/);
  });

  test('a lost admin password', async () => {
    await (await open()).stop();
    await rm(passwordFile(scratch.dataDir, 'admin'));
    await expect(open()).rejects.toThrow('Restore it from a backup of the data dir');
  });

  test('an admin password of another time; the server is not left running', async () => {
    await (await open()).stop();
    await writeFile(passwordFile(scratch.dataDir, 'admin'), 'of-another-time\n');
    await expect(open()).rejects.toThrow('does not accept the password in secrets/db-admin.password');
    expect(await processesNaming(scratch.folder)).toEqual([]);
  });

  test('a cluster of another major version', async () => {
    const server = await open();
    await server.stop();
    await writeFile(join(server.cluster, 'PG_VERSION'), '14\n');
    await expect(open()).rejects.toThrow(/made by PostgreSQL 14, and this Argus brings (15|18)/);
  });

  test('a database that is not where the record says', async () => {
    const server = await open();
    await server.stop();
    await rename(server.cluster, join(scratch.folder, 'elsewhere'));
    await expect(open()).rejects.toThrow('says the database is in');
    expect(await readdir(scratch.dataDir)).not.toContain('postgres');
    await rename(join(scratch.folder, 'elsewhere'), server.cluster);
  });
});

test('a data dir that was moved brings its database along', async () => {
  const server = await open();
  await remember(server);
  await server.stop();
  const moved = join(scratch.folder, 'moved');
  await rename(scratch.dataDir, moved);
  const again = await open({ dataDir: moved });
  expect(await remembers(again)).toBe(true);
  await again.stop();
});

// Only root drops to another account, so only for root there are folders that account cannot enter.
if (process.getuid?.() === 0) {
  describe('below a folder the database account may not enter', () => {
    test('the database goes to the state folder, is found again, and is not for the next data dir there', async () => {
      await chmod(scratch.dataDir, 0o700);
      const server = await open();
      expect(server.cluster.startsWith(join(scratch.stateFolder, 'clusters'))).toBe(true);
      expect(said).toEqual([expect.stringMatching(/^The database goes to .* because \w+, who runs it, may not enter/)]);
      expect(JSON.parse(await readFile(join(scratch.dataDir, 'database.json'), 'utf8'))).toMatchObject({
        cluster: server.cluster,
      });
      await remember(server);
      await server.stop();
      const again = await open();
      expect(again.cluster).toBe(server.cluster);
      expect(await remembers(again)).toBe(true);
      await again.stop();

      const copy = join(scratch.folder, 'copy');
      await cp(scratch.dataDir, copy, { recursive: true });
      await expect(open({ dataDir: copy })).rejects.toThrow('is a copy of');

      await rm(scratch.dataDir, { recursive: true });
      await mkdir(scratch.dataDir, { mode: 0o700 });
      const fresh = await open();
      expect(fresh.cluster).toBe(`${server.cluster}-2`);
    });

    test('the programs are copied once, for everybody to read and nobody to change', async () => {
      const hidden = join(scratch.folder, 'hidden');
      await mkdir(hidden, { mode: 0o700 });
      await cp(testServer().programs, join(hidden, 'native'), { recursive: true, verbatimSymlinks: true });
      const server = await open({ packaged: join(hidden, 'native') });
      expect(said).toEqual([expect.stringMatching(/^Copying PostgreSQL's programs to .*, once, because/)]);
      const copy = join(
        scratch.stateFolder,
        (await readdir(scratch.stateFolder)).find((name) => name.startsWith('postgres-')) ?? '',
      );
      expect([(await stat(copy)).uid, (await stat(copy)).mode & 0o777]).toEqual([0, 0o755]);
      await server.stop();
      said.length = 0;
      await (await open({ packaged: join(hidden, 'native') })).stop();
      expect(said).toEqual([]);
    });

    test('with no other place it says what to do', async () => {
      await chmod(scratch.dataDir, 0o700);
      await mkdir(scratch.stateFolder, { mode: 0o700 });
      await expect(open()).rejects.toThrow(/Move the checkout .* set ARGUS_DATA_DIR .* or set DATABASE_URL/);
    });

    test('a database that became unreachable is not replaced by an empty one', async () => {
      await (await open()).stop();
      await chmod(scratch.dataDir, 0o700);
      await expect(open()).rejects.toThrow('may not enter');
      await chmod(scratch.dataDir, 0o755);
    });
  });
}

test('stopping a data dir that has no server is no error', async () => {
  expect(await stopEmbeddedPostgres({ dataDir: scratch.dataDir, say })).toBe(false);
  await open();
  expect(await stopEmbeddedPostgres({ dataDir: scratch.dataDir, say })).toBe(true);
  expect(await stopEmbeddedPostgres({ dataDir: scratch.dataDir, say })).toBe(false);
});
