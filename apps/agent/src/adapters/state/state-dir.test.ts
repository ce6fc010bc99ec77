import { chmodSync, chownSync, linkSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratch } from '../../../testing/scratch.ts';
import { TRUST } from '../../../testing/signed-log.ts';
import { openStateDir, StateDirProblem, writeWhole } from './state-dir.ts';

const modeOf = (path: string) => statSync(path).mode & 0o777;
const passkey = new Uint8Array(32).fill(6);
function enrolled() {
  const path = join(scratch(), 'state');
  const state = openStateDir(path);
  state.identity();
  state.save(TRUST, passkey);
  return { path, state };
}
const SECRETS = ['identity.key', 'passkey', 'trust.json'] as const;
const readOf = (name: (typeof SECRETS)[number]) => (state: ReturnType<typeof openStateDir>) =>
  name === 'identity.key' ? state.identity() : name === 'passkey' ? state.passkey() : state.trust();

test('the directory is owner-only, and so is every file in it', () => {
  const { path } = enrolled();
  expect(modeOf(path)).toBe(0o700);
  expect(readdirSync(path).toSorted()).toEqual([...SECRETS].toSorted()); // nothing half-written is left
  for (const name of SECRETS) expect([name, modeOf(join(path, name))]).toEqual([name, 0o600]);
});

test('what was saved is what is read', () => {
  const { path, state } = enrolled();
  const again = openStateDir(path);
  expect(again.trust()).toEqual(TRUST);
  expect(Buffer.from(again.passkey() ?? '')).toEqual(Buffer.from(passkey));
  expect(again.identity().publicKeyText).toBe(state.identity().publicKeyText);
});

test('an empty directory has no passkey and no trust file, and makes its identity once', () => {
  const state = openStateDir(join(scratch(), 'state'));
  expect([state.passkey(), state.trust()]).toEqual([null, null]);
  expect(state.identity().publicKeyText).toBe(state.identity().publicKeyText);
});

test('a directory that others could enter is closed to them', () => {
  const path = join(scratch(), 'state');
  mkdirSync(path, { mode: 0o777 });
  chmodSync(path, 0o777);
  openStateDir(path);
  expect(modeOf(path)).toBe(0o700);
});

test('a state directory that is a link, or no directory, is refused', () => {
  const folder = scratch();
  symlinkSync(mkdtempSync(join(folder, 'elsewhere-')), join(folder, 'link'));
  writeFileSync(join(folder, 'file'), '');
  expect(() => openStateDir(join(folder, 'link'))).toThrow(StateDirProblem);
  expect(() => openStateDir(join(folder, 'file'))).toThrow();
});

test.runIf(process.getuid?.() === 0)('a state directory of somebody else is refused', () => {
  const path = join(scratch(), 'state');
  mkdirSync(path, { mode: 0o700 });
  chownSync(path, 65534, 65534);
  expect(() => openStateDir(path)).toThrow(/belongs to another user/);
});

/** Guarantee: a secret is read only from a file that nobody else could read or put there. */
test.each(SECRETS.flatMap((name) => [0o640, 0o604, 0o660, 0o602, 0o610].map((mode) => [name, mode.toString(8), mode] as const)))(
  '%s with the mode %s is refused, with a sentence that names it',
  (name, _, mode) => {
    const { path, state } = enrolled();
    chmodSync(join(path, name), mode);
    expect(() => readOf(name)(state)).toThrow(`${join(path, name)} must be a plain file that only this user can read (chmod 600).`);
  },
);

test.each(SECRETS)('%s behind a link is refused, wherever the link leads', (name) => {
  const { path, state } = enrolled();
  const target = join(path, 'moved');
  renameSync(join(path, name), target);
  symlinkSync(target, join(path, name));
  expect(() => readOf(name)(state)).toThrow(StateDirProblem);
});

test.each(SECRETS)('%s that is a directory is refused', (name) => {
  const path = join(scratch(), 'state');
  const state = openStateDir(path);
  mkdirSync(join(path, name), { mode: 0o700 });
  expect(() => readOf(name)(state)).toThrow(StateDirProblem);
});

test.runIf(process.getuid?.() === 0).each(SECRETS)('%s of somebody else is refused', (name) => {
  const { path, state } = enrolled();
  chownSync(join(path, name), 65534, 65534);
  expect(() => readOf(name)(state)).toThrow(StateDirProblem);
});

test.each(SECRETS.flatMap((name) => ['', 'nonsense', '{}', 'AAAA', Buffer.alloc(31).toString('base64'), Buffer.alloc(33).toString('base64')].map((text) => [name, text] as const)))(
  '%s with the content %j is called damaged, in a sentence that says what to do',
  (name, text) => {
    const { path, state } = enrolled();
    writeFileSync(join(path, name), text);
    expect(() => readOf(name)(state)).toThrow(/is damaged.*Restore it, or enroll this machine again under a new id\.$/);
  },
);

test('a trust file that lost a field names the field', () => {
  const { path, state } = enrolled();
  const { log_keys: _, ...rest } = TRUST;
  writeFileSync(join(path, 'trust.json'), JSON.stringify(rest));
  expect(() => state.trust()).toThrow(/log_keys/);
});

test('replacing a file does not write through a link of the same name, nor into its other names', () => {
  const folder = scratch();
  const outside = join(folder, 'outside');
  writeFileSync(outside, 'untouched');
  symlinkSync(outside, join(folder, 'link'));
  writeWhole(join(folder, 'link'), 'new');
  linkSync(outside, join(folder, 'hard'));
  writeWhole(join(folder, 'hard'), 'new');
  expect(readFileSync(outside, 'utf8')).toBe('untouched');
  expect(lstatSync(join(folder, 'link')).isFile()).toBe(true);
});

test('a link where the next file is being written is refused', () => {
  const folder = scratch();
  const outside = join(folder, 'outside');
  writeFileSync(outside, 'untouched');
  symlinkSync(outside, join(folder, 'file.new'));
  expect(() => writeWhole(join(folder, 'file'), 'new')).toThrow(/ELOOP/);
  expect(readFileSync(outside, 'utf8')).toBe('untouched');
});

test('what a crash left half-written is replaced, and its wider mode does not stay', () => {
  const folder = scratch();
  writeFileSync(join(folder, 'file.new'), 'half of a much longer tex', { mode: 0o644 });
  writeWhole(join(folder, 'file'), 'whole');
  expect(readFileSync(join(folder, 'file'), 'utf8')).toBe('whole');
  expect(modeOf(join(folder, 'file'))).toBe(0o600);
});
