import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { enrollLines, EXTRAS, SYSTEMS } from './enroll-lines.ts';

const given = { server: 'https://ops.example.org', code: `enr_${'aZ09-_'.repeat(7)}x`, extras: [] };

test.each(SYSTEMS)('on %s the code goes through a file, which is gone before the agent runs', (system) => {
  const text = enrollLines(system, given);
  expect(text.split(given.code)).toHaveLength(2);
  const at = ['enr_', 'argus-agent enroll --server https://ops.example.org --code-file code ', system === 'windows' ? 'Remove-Item code' : 'rm code', 'argus-agent run'].map((part) => text.indexOf(part));
  expect(at).toEqual(at.toSorted((a, b) => a - b));
  expect(at).not.toContain(-1);
});

test.each(SYSTEMS)('on %s the files that are wanted are named to the enrollment, and no others', (system) => {
  expect(enrollLines(system, given)).not.toMatch(/--cameras|--patch-keys/);
  expect(enrollLines(system, { ...given, extras: ['patch-keys'] })).toMatch(/enroll [^\n]* --patch-keys patch-keys\.json/);
  expect(enrollLines(system, { ...given, extras: EXTRAS })).toMatch(/enroll [^\n]* --cameras cameras\.json --patch-keys patch-keys\.json/);
});

/** In a shell, where argus-agent writes down what it was asked, and ends with `code`. */
function typed(code: number): { readonly code: string | null; readonly asked: string } {
  const dir = mkdtempSync(join(tmpdir(), 'enroll-lines-'));
  try {
    mkdirSync(join(dir, 'bin'));
    writeFileSync(join(dir, 'bin/argus-agent'), `#!/bin/sh\necho "$1" >> asked\nexit ${code}\n`, { mode: 0o755 });
    spawnSync('sh', { cwd: dir, env: { HOME: dir, PATH: `${join(dir, 'bin')}:${process.env['PATH']}` }, input: `${enrollLines('linux', given)}\n` });
    return { code: existsSync(join(dir, 'code')) ? readFileSync(join(dir, 'code'), 'utf8') : null, asked: readFileSync(join(dir, 'asked'), 'utf8') };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

test('where the enrollment fails the code is still there, and nothing runs; where it does not, the code is gone and the agent runs', () => {
  expect(typed(1)).toEqual({ code: given.code, asked: 'enroll\n' });
  expect(typed(0)).toEqual({ code: null, asked: 'enroll\nrun\n' });
});

test('PowerShell takes the code away only after an enrollment that worked', () => {
  expect(enrollLines('windows', given)).toMatch(/^argus-agent enroll [^\n;]*; if \(\$\?\) \{ Remove-Item code; argus-agent run \}$/m);
});

test('a shell makes of it a file that is the owner’s alone, with the code and nothing else in it', () => {
  const dir = mkdtempSync(join(tmpdir(), 'enroll-lines-'));
  try {
    const [make, write] = enrollLines('linux', given).split(' &&\n');
    execFileSync('sh', ['-c', `${make}\n${write}`], { cwd: dir, env: { HOME: dir, PATH: process.env['PATH'] } });
    expect(readFileSync(join(dir, 'code'), 'utf8')).toBe(given.code);
    expect(statSync(join(dir, 'code')).mode & 0o077).toBe(0);
    expect(statSync(join(dir, 'app')).isDirectory()).toBe(true);
  } finally {
    rmSync(dir, { recursive: true });
  }
});
