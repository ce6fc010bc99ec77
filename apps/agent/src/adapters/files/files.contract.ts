import { readableFile, type ReadableFile } from '@argus/protocol/readable-files.ts';
import { sha256Hex } from '@argus/keys/hash.ts';
import { expect, test } from 'vitest';
import type { Files } from '../../ports.ts';

export const named = (name: string): ReadableFile => {
  const file = readableFile(name);
  if (!file) throw new TypeError(`${name} is not on the list`);
  return file;
};
export const contentOf = (files: Files, name: string) => files.use(named(name), async (file) => Buffer.from(await file.read(0, 4_096)).toString());

/** What every install root does, real or not. `put` makes one that holds these files. */
export function filesContract(what: string, put: (files: Readonly<Record<string, string>>) => Files): void {
  const FILES = { 'argus.log': 'one\ntwo\n', 'config.yaml': 'a: 1\n', 'crashes/x.txt': 'stalled\n', 'version.txt': '' };

  test(`${what}: a file is read where it is asked for, and ends where it ends`, async () => {
    const read = await put(FILES).use(named('argus.log'), async (file) => ({ size: file.size, parts: [await file.read(0, 3), await file.read(4, 100), await file.read(8, 1), await file.read(2_000, 5)].map((part) => Buffer.from(part).toString()) }));
    expect(read).toEqual({ ok: true, value: { size: 8, parts: ['one', 'two\n', '', ''] } });
  });
  test(`${what}: a crash report and an empty file are files like any other`, async () => {
    expect(await contentOf(put(FILES), 'crashes/x.txt')).toEqual({ ok: true, value: 'stalled\n' });
    expect(await contentOf(put(FILES), 'version.txt')).toEqual({ ok: true, value: '' });
  });
  test.each(['argus.log.1', 'agent_info.json', 'crashes/y.txt'])(`${what}: %s that is not there is file_not_found`, async (name) => {
    expect(await contentOf(put(FILES), name)).toMatchObject({ ok: false, error: { code: 'file_not_found' } });
    expect(await contentOf(put({}), name)).toMatchObject({ ok: false, error: { code: 'file_not_found' } });
  });
  test(`${what}: the digest is that of the bytes of config.yaml`, async () => {
    expect(await put(FILES).configDigest()).toBe(sha256Hex('a: 1\n'));
    expect(await put({ 'config.yaml': '' }).configDigest()).toBe(sha256Hex(''));
    expect(await put({}).configDigest()).toBeNull();
  });
  test(`${what}: what goes wrong in the use of a file comes out`, async () => {
    const bug = new TypeError('a bug');
    await expect(put(FILES).use(named('argus.log'), () => Promise.reject(bug))).rejects.toBe(bug);
  });
}
