import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { enrollLines, SYSTEMS } from './enroll-lines.ts';

const given = { server: 'https://ops.example.org', code: `enr_${'aZ09-_'.repeat(7)}x` };

test.each(SYSTEMS)('on %s the code goes through a file, which is gone before the agent runs', (system) => {
  const lines = enrollLines(system, given).split('\n');
  expect(lines.filter((line) => line.includes(given.code))).toHaveLength(1);
  const at = (shape: RegExp) => lines.findIndex((line) => shape.test(line));
  expect([at(/enr_/), at(/^argus-agent enroll --server https:\/\/ops\.example\.org --code-file code /), at(/^(rm|Remove-Item) code$/), at(/^argus-agent run$/)]).toEqual([1, 2, 3, 4]);
});

test('a shell makes of it a file that is the owner’s alone, with the code and nothing else in it', () => {
  const dir = mkdtempSync(join(tmpdir(), 'enroll-lines-'));
  try {
    const [make, write] = enrollLines('linux', given).split('\n');
    execFileSync('sh', ['-c', `${make}\n${write}`], { cwd: dir, env: { HOME: dir, PATH: process.env['PATH'] } });
    expect(readFileSync(join(dir, 'code'), 'utf8')).toBe(given.code);
    expect(statSync(join(dir, 'code')).mode & 0o077).toBe(0);
    expect(statSync(join(dir, 'app')).isDirectory()).toBe(true);
  } finally {
    rmSync(dir, { recursive: true });
  }
});
