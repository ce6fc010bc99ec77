/** argus-sign as people use it: real processes, real keys, passphrases from a file, a pipe and a terminal. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROOT } from './processes.ts';

const folder = await mkdtemp(join(tmpdir(), 'argus-sign-'));
afterAll(() => rm(folder, { recursive: true, force: true }));
const at = (name: string) => join(folder, name);
const MAIN = join(ROOT, 'apps/argus-sign/src/main.ts');
const PASSPHRASE = 'correct horse battery';
const LATER = '2100-01-01T00:00:00Z';

type Ran = { readonly exit: number | null; readonly out: string; readonly err: string };
async function start(program: string, args: readonly string[], input = ''): Promise<Ran> {
  const child = spawn(program, args, { cwd: folder, stdio: 'pipe', env: { PATH: process.env['PATH'] } });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  child.stdin.on('error', () => undefined).end(input);
  const [exit] = (await once(child, 'close')) as [number | null];
  return { exit, out, err };
}
const sign = (args: readonly string[], input?: string) => start(process.execPath, [MAIN, ...args], input);
const json = async (args: readonly string[], input?: string) => JSON.parse((await sign([...args, '--json'], input)).out) as Record<string, unknown>;
const signArgs = (out: string, ...more: string[]) => ['sign', '--key', at('a.key'), '--agent', 'agent_till_01', '--file', `config.yaml=${at('new.yaml')}`, '--not-after', LATER, '--passphrase-file', at('pass'), '--out', at(out), ...more];

beforeAll(async () => {
  await writeFile(at('pass'), `${PASSPHRASE}\n`, { mode: 0o600 });
  await writeFile(at('new.yaml'), 'streams: 6\n');
  for (const name of ['a', 'b', 'c']) expect(await sign(['keygen', '--out', at(`${name}.key`), '--key-id', name, '--passphrase-file', at('pass')])).toMatchObject({ exit: 0, err: '' });
  for (const [file, keys] of [['one.json', ['a']], ['three.json', ['a', 'b', 'c']]] as const) await writeFile(at(file), (await sign(['public', ...keys.map((name) => at(`${name}.key`))])).out);
});

test('a key file is for its owner alone, and has neither the seed nor the passphrase in it', async () => {
  expect((await stat(at('a.key'))).mode & 0o777).toBe(0o600);
  const text = await readFile(at('a.key'), 'utf8');
  expect(Object.keys(JSON.parse(text) as object)).toEqual(['v', 'kind', 'key_id', 'public_key', 'seed']);
  expect(text).not.toContain(PASSPHRASE);
});

test('a patch is signed, shown and verified, and costs what it has to', async () => {
  expect(await sign(signArgs('patch.json', '--note', 'six streams', '--id', 'patch_six_streams'))).toMatchObject({ exit: 0, err: '', out: expect.stringContaining(`patch_six_streams for agent_till_01\n`) });
  expect((await stat(at('patch.json'))).mode & 0o777).toBe(0o600);
  expect(await json(['inspect', at('patch.json')])).toMatchObject({ verified: false, claims_to_be_signed_by: ['a'], manifest: { note: 'six streams', files: [{ path: 'config.yaml', size: 11, text: 'streams: 6\n' }] } });
  expect((await sign(['inspect', at('patch.json')])).out).toContain('\nconfig.yaml:\n  | streams: 6\n');
  expect(await json(['verify', at('patch.json'), '--keys', at('one.json')])).toMatchObject({ verified: true, signed_by: ['a'] });
});

test('two of three: one is not enough, twice the same is refused, two are', async () => {
  await sign(signArgs('first.json'));
  const needsTwo = ['--keys', at('three.json'), '--threshold', '2'];
  expect(await sign(['verify', at('first.json'), ...needsTwo])).toMatchObject({ exit: 65, err: expect.stringMatching(/patch_signature_invalid.*\n {2}1 of 2: signed by a\. 1 more of the keys in that file has to sign, with argus-sign cosign\./) });
  const cosign = (key: string, out: string) => sign(['cosign', '--key', at(key), '--patch', at('first.json'), '--out', at(out), '--passphrase-file', at('pass')]);
  expect(await cosign('a.key', 'twice.json')).toMatchObject({ exit: 2, err: expect.stringContaining('has signed this patch already') });
  expect(await cosign('c.key', 'both.json')).toMatchObject({ exit: 0 });
  expect(await json(['verify', at('both.json'), ...needsTwo])).toMatchObject({ signed_by: ['a', 'c'] });
});

test('what a machine would refuse is refused with the exit code of the machine', async () => {
  await sign(signArgs('good.json'));
  const verify = (...more: string[]) => sign(['verify', at('good.json'), '--keys', at('one.json'), ...more]);
  expect((await verify('--agent', 'agent_other_01')).exit).toBe(66);
  expect((await verify('--at', '2101-01-01T00:00:00Z')).exit).toBe(67);
  expect((await verify('--at', '2001-01-01T00:00:00Z')).exit).toBe(68);
  const changed = (await readFile(at('good.json'), 'utf8')).replace('agent_till_01', 'agent_till_02');
  await writeFile(at('changed.json'), changed);
  expect((await sign(['verify', at('changed.json'), '--keys', at('one.json')])).exit).toBe(65);
});

test.each<[string, number, (...args: never[]) => string[]]>([
  ['a path that no patch may write', 72, () => signArgs('no.json', '--file', `trust.json=${at('new.yaml')}`)],
  ['a script', 73, () => signArgs('no.json', '--file', `hotfix/a.json=${at('script')}`)],
  ['one path twice', 3, () => signArgs('no.json', '--file', `config.yaml=${at('new.yaml')}`)],
  ['a file that is not there', 3, () => signArgs('no.json', '--file', `hotfix/a.json=${at('nowhere')}`)],
  ['no end', 2, () => signArgs('no.json').filter((word, i, all) => word !== '--not-after' && all[i - 1] !== '--not-after')],
  ['an end before its beginning', 3, () => signArgs('no.json', '--not-before', '2100-01-02T00:00:00Z')],
  ['a flag nobody knows', 2, () => signArgs('no.json', '--force')],
  ['a file that is there already', 2, () => signArgs('new.yaml')],
])('%s is not signed: exit %i, nothing is written', async (_name, exit, args) => {
  await writeFile(at('script'), '#!/bin/sh\n');
  expect(await sign(args())).toMatchObject({ exit, out: '' });
  await expect(stat(at('no.json'))).rejects.toThrow();
  expect(await readFile(at('new.yaml'), 'utf8')).toBe('streams: 6\n');
});

// ---- passphrases

test('a passphrase through a pipe is one, a wrong one is refused, and none as well', async () => {
  const piped = signArgs('piped.json').filter((word) => word !== '--passphrase-file' && word !== at('pass'));
  expect(await sign(piped, 'wrong horse battery\n')).toMatchObject({ exit: 4, err: expect.stringContaining('does not open this key') });
  expect(await sign(piped, '')).toMatchObject({ exit: 4 });
  expect(await sign(piped, `${PASSPHRASE}\n`)).toMatchObject({ exit: 0 });
});

test('a passphrase is no argument, a short one makes no key, and a file others can read is not read', async () => {
  expect(await sign(['keygen', '--out', at('x.key'), '--passphrase', PASSPHRASE])).toMatchObject({ exit: 2 });
  expect(await sign(['keygen', '--out', at('x.key')], 'short\n')).toMatchObject({ exit: 4, err: expect.stringContaining('at least 12') });
  await writeFile(at('open-pass'), PASSPHRASE);
  await chmod(at('open-pass'), 0o644);
  expect(await sign(['keygen', '--out', at('x.key'), '--passphrase-file', at('open-pass')])).toMatchObject({ exit: 3, err: expect.stringContaining('chmod 600') });
  await expect(stat(at('x.key'))).rejects.toThrow();
});

/** Types each line when it is asked for it. `script` gives it a terminal; it comes with the Debian package bsdutils. */
async function type(out: string, lines: readonly string[]): Promise<{ readonly exit: number | null; readonly seen: string }> {
  const left = [...lines];
  const child = spawn('script', ['-qec', `${process.execPath} ${MAIN} keygen --out ${at(out)}`, '/dev/null'], { cwd: folder, stdio: 'pipe', env: { PATH: process.env['PATH'] } });
  child.on('error', () => expect.unreachable('there is no `script` here: install the Debian package bsdutils'));
  let seen = '';
  let answered = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    seen += text;
    if ((seen.match(/: (?![^\n]*\n)/g)?.length ?? 0) > 0 && (seen.match(/(Passphrase|Once more): /g)?.length ?? 0) > answered) {
      answered++;
      child.stdin.write(`${left.shift() ?? ''}\r`);
    }
  });
  const [exit] = (await once(child, 'close')) as [number | null];
  return { exit, seen };
}

test('on a terminal it asks twice for a new passphrase, and shows neither', async () => {
  const made = await type('typed.key', [PASSPHRASE, `${PASSPHRASE}x\u007f`]); // a slip, taken back
  expect([made.exit, made.seen]).toEqual([0, expect.stringMatching(/Passphrase: \s+Once more: \s+key-/)]);
  expect(made.seen).not.toContain(PASSPHRASE);
  expect((await stat(at('typed.key'))).mode & 0o777).toBe(0o600);
  const differing = await type('differs.key', [PASSPHRASE, `${PASSPHRASE}!`]);
  expect([differing.exit, differing.seen.includes('differ')]).toEqual([4, true]);
  expect((await type('stopped.key', [`${PASSPHRASE}\u0003`])).exit).toBe(4);
});

// ---- help

test('help teaches the way from nothing to a patched machine, and lists the exit codes', async () => {
  const { exit, out } = await sign(['--help']);
  expect(exit).toBe(0);
  for (const word of ['keygen', 'public', 'sign', 'cosign', 'inspect', 'verify', '--patch-keys', 'argusctl support apply-patch', 'Exit codes', 'no network']) expect(out).toContain(word);
  for (const command of ['keygen', 'public', 'sign', 'cosign', 'inspect', 'verify']) expect((await sign([command, '--help'])).exit).toBe(0);
  expect(await sign(['exec'])).toMatchObject({ exit: 2, out: '' });
});

test('a problem is JSON for who asks for JSON', async () => {
  const { exit, err } = await sign(['verify', at('a.key'), '--keys', at('one.json'), '--json']);
  expect([exit, JSON.parse(err)]).toMatchObject([65, { code: 'patch_signature_invalid' }]);
});
