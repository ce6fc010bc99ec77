import { expect, test } from 'vitest';
import { noteLine } from './cli/machine.ts';
import { crashReport } from './crash-report.ts';

const about = { at: '2026-11-21T14:03:53.000Z', uptimeS: 61.7, machine: { version: '1.4.0', platform: 'linux x64 6.1' }, node: 'v24.21.0' };

test('it says what ran, since when, and where it failed', () => {
  const text = crashReport(new TypeError('no such thing'), about);
  expect(text).toMatch(/^argus-agent 1\.4\.0 ended because of a fault of its own\.\nat 2026-11-21T14:03:53\.000Z, after 61 s\nlinux x64 6\.1, Node\.js v24\.21\.0\n\nTypeError: no such thing\n +at /);
});

/** Guarantee: an error that quotes what it choked on carries no secret into a file that can be read remotely. */
test.each([
  ['a session token', `rst_${'a'.repeat(43)}`],
  ['an enrollment code', `enr_${'b'.repeat(43)}`],
  ['a key in base64', Buffer.from('0123456789abcdefABCDEF!?<>987654').toString('base64')],
  ['a key in base64url', Buffer.from('0123456789abcdefABCDEF!?<>987654').toString('base64url')],
])('%s in it is taken out', (_, secret) => {
  const text = crashReport(new Error(`cannot read ${secret}, sorry`), about);
  expect(text).not.toContain(secret);
  expect(text).toContain('[redacted]');
});
test('what could act on a terminal does not get into it, and what is thrown need not be an error', () => {
  expect(crashReport('boom \u001b[2J', about)).toContain('boom  [2J');
  expect(crashReport(undefined, about)).toContain('undefined');
});
test('it is short, however long the error', () => {
  expect(crashReport(new Error('x\n'.repeat(100_000)), about).split('\n').length).toBeLessThan(210);
  expect(crashReport(new Error('x'.repeat(1_000_000)), about).length).toBeLessThan(20_000);
});
test('the user of an address is taken out of it, as of a line of the log', () => {
  const address = "rtsp://ana:it's@hunter2@10.0.0.9/live";
  for (const text of [crashReport(new Error(`cannot read ${address}`), about), noteLine('x', { why: address })]) expect(text).toContain('rtsp://[redacted]@10.0.0.9/live');
});
