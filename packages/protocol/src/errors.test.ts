import { expect, test } from 'vitest';
import { deny, denyWith, ERRORS, isErrorCode, toProblem } from './errors.ts';

test('every code has a safe title, a hint that says what to do, and its own exit code', () => {
  const exits = Object.values(ERRORS).map((e) => e.exit);
  expect(new Set(exits).size).toBe(exits.length);
  for (const [code, e] of Object.entries(ERRORS)) {
    expect(e.title, code).not.toMatch(/\.$/);
    expect(e.hint, code).toMatch(/[.…]$/);
    expect(e.exit, code).toBeGreaterThan(1); // 0 is success, 1 is a crash
    expect(e.exit, code).toBeLessThan(126); // the shell's own from there on
  }
});

test('internal detail has no path to the caller', () => {
  expect(JSON.stringify(toProblem(deny('internal', 'pg: relation "x" missing'), 'req_1'))).not.toContain('pg:');
});

test('facts reach the caller', () => {
  const problem = toProblem(denyWith('stale_request', { server_time: '2026-01-01T00:00:00.000Z' }), 'req_1');
  expect(problem).toMatchObject({ status: 403, code: 'stale_request', server_time: '2026-01-01T00:00:00.000Z' });
});

test('names every object has are not codes', () => {
  expect([isErrorCode('toString'), isErrorCode('__proto__'), isErrorCode('internal')]).toEqual([false, false, true]);
});
