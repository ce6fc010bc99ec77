import { expect, test } from 'vitest';
import { isServerOf, parsePidFile } from './postmaster.ts';

const FILE = ['4711', '/data/postgres', '1791000000', '5432', '/run/argus-1', '', '  1234  5678', 'ready   ', ''].join(
  '\n',
);

test('the lines we need are read from a whole file', () => {
  expect(parsePidFile(FILE)).toEqual({ pid: 4711, port: 5432, socketDir: '/run/argus-1', status: 'ready' });
});

test('a file that is still being written is not ready', () => {
  expect(parsePidFile(FILE.split('\n').slice(0, 5).join('\n'))?.status).toBe('unknown');
});

test.each(['', '\n', 'x\n', '-4711\n', '0\n', '1\n', '1.5\n'])('%j names nobody we would send a signal to', (text) => {
  expect(parsePidFile(text)).toBe(null);
});

test('a living process that is no PostgreSQL is not taken for one', async () => {
  expect(await isServerOf(process.pid, '/data/postgres', process.getuid?.() ?? 0)).toBe(false);
});
