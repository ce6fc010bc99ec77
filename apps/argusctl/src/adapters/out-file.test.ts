import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { makeOutFile } from './out-file.ts';

const outFile = makeOutFile();

const root = mkdtempSync(join(tmpdir(), 'argusctl-out-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let count = 0;
const folder = (): string => {
  const path = join(root, String(count++));
  mkdirSync(path);
  return path;
};
const BYTES = Uint8Array.from({ length: 1_000_000 }, (_, i) => i & 255);

test('a file is written whole, for its owner alone, and nothing is left beside it', async () => {
  const at = folder();
  expect(await outFile.save(join(at, 'lobby.jpg'), BYTES)).toBeNull();
  expect(readFileSync(join(at, 'lobby.jpg')).equals(BYTES)).toBe(true);
  expect(statSync(join(at, 'lobby.jpg')).mode & 0o777).toBe(0o600);
  expect(readdirSync(at)).toEqual(['lobby.jpg']);
});

test('one that was there is replaced in one step', async () => {
  const at = folder();
  writeFileSync(join(at, 'lobby.jpg'), 'before');
  expect(await outFile.save(join(at, 'lobby.jpg'), BYTES)).toBeNull();
  expect(readFileSync(join(at, 'lobby.jpg')).equals(BYTES)).toBe(true);
});

/** Guarantee: bytes of a picture never go to a terminal, a pipe or through a link. */
test.each<[string, (path: string, at: string) => void]>([
  ['a link to a file', (path, at) => (writeFileSync(join(at, 'other'), 'before'), symlinkSync(join(at, 'other'), path))],
  ['a link to the standard output', (path) => symlinkSync('/dev/stdout', path)],
  ['a link to nothing', (path, at) => symlinkSync(join(at, 'nowhere'), path)],
  ['a folder', (path) => mkdirSync(path)],
  ['a pipe', (path) => execFileSync('mkfifo', [path])],
])('%s is not written to, and stays what it was', async (_what, make) => {
  const at = folder();
  make(join(at, 'lobby.jpg'), at);
  const before = readdirSync(at);
  expect(await outFile.whyNot(join(at, 'lobby.jpg'))).toMatch(/no plain file/);
  expect(await outFile.save(join(at, 'lobby.jpg'), BYTES)).toMatch(/no plain file/);
  expect(readdirSync(at)).toEqual(before);
});

test('a folder that is not there is said before anything is asked', async () => {
  expect(await outFile.whyNot(join(root, 'nowhere', 'lobby.jpg'))).toBe(`there is no folder ${join(root, 'nowhere')}`);
  expect(await outFile.save(join(root, 'nowhere', 'lobby.jpg'), BYTES)).toMatch(/ENOENT/);
});

/** Guarantee: under its name there is the old file or the new one, also when we die or the disk is full in between. */
test('a process that cannot write on in the middle leaves the file that was there', () => {
  const at = folder();
  writeFileSync(join(at, 'lobby.jpg'), 'before');
  const script = join(at, 'save.ts');
  writeFileSync(script, `import { makeOutFile } from ${JSON.stringify(join(import.meta.dirname, 'out-file.ts'))};\nprocess.stdout.write(String(await makeOutFile().save(${JSON.stringify(join(at, 'lobby.jpg'))}, new Uint8Array(1_000_000))));\n`);
  const ran = spawnSync('/usr/bin/prlimit', ['--fsize=300000', process.execPath, script]);
  expect(ran.status === 0 ? String(ran.stdout) : ran.signal).toMatch(/could not be written|SIGXFSZ/);
  expect(readFileSync(join(at, 'lobby.jpg'), 'utf8')).toBe('before');
});

test('what is too large to hold is not at its place before it is all there, and what was begun in vain is gone', async () => {
  const at = folder();
  const unfinished = new Set<string>();
  const begin = async () => {
    const writer = await makeOutFile(unfinished).begin(join(at, 'bundle.tar'));
    return typeof writer === 'string' ? expect.unreachable(writer) : writer;
  };
  const dropped = await begin();
  expect(await dropped.write(BYTES)).toBeNull();
  expect([readdirSync(at).includes('bundle.tar'), unfinished.size]).toEqual([false, 1]);
  await dropped.drop();
  expect([readdirSync(at), unfinished.size]).toEqual([[], 0]);
  const kept = await begin();
  await kept.write(BYTES.subarray(0, 400_000));
  await kept.write(BYTES.subarray(400_000));
  expect(await kept.keep()).toBeNull();
  expect([readFileSync(join(at, 'bundle.tar')).equals(BYTES), readdirSync(at), unfinished.size]).toEqual([true, ['bundle.tar'], 0]);
});

test('a new file is never written over what is there, and a private one gets a folder of its own', async () => {
  const at = folder();
  writeFileSync(join(at, 'ana.key'), 'the only copy');
  expect(await outFile.saveNew(join(at, 'ana.key'), BYTES)).toMatch(/is there already/);
  expect([readFileSync(join(at, 'ana.key'), 'utf8'), readdirSync(at)]).toEqual(['the only copy', ['ana.key']]);
  expect(await outFile.savePrivate(join(at, 'config/argus/credentials.json'), BYTES)).toBeNull();
  expect([statSync(join(at, 'config/argus')).mode & 0o777, statSync(join(at, 'config/argus/credentials.json')).mode & 0o777]).toEqual([0o700, 0o600]);
});
