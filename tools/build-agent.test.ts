import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleAgent, sumOf } from './build-agent.ts';

const folder = mkdtempSync(join(tmpdir(), 'argus-build-test-'));
const [one, two] = [join(folder, 'one', 'argus-agent.mjs'), join(folder, 'two', 'argus-agent.mjs')];
beforeAll(() => Promise.all([bundleAgent(one), bundleAgent(two)]));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Guarantee: whoever has the source can make the file they were given, and compare. */
test('the same source gives the same bytes, wherever it is built', () => {
  expect(sumOf(one)).toBe(sumOf(two));
  expect(readFileSync(one, 'utf8')).not.toContain(folder);
});
test('no path of the machine that built it is in it', () => expect(readFileSync(one, 'utf8')).not.toContain(join(import.meta.dirname, '..')));
/** The one for network cameras: boundaries.ts says which file may. */
test('it is small, can be started as it is, and loads what starts programs in one place only', () => {
  expect(statSync(one).size).toBeLessThan(400_000); // with all of zod it would be more
  expect(statSync(one).mode & 0o111).toBe(0o111);
  expect(readFileSync(one, 'utf8').match(/child_process/g)).toHaveLength(1);
});
/** Guarantee of size: V8 keeps the text of the file, with two bytes a letter as soon as one letter needs them. */
test('it is plain ASCII', () => expect(readFileSync(one).findIndex((byte) => byte > 0x7f)).toBe(-1));
test('it prints its help far away from any package', () => {
  const out = execFileSync(process.execPath, [one], { cwd: '/', encoding: 'utf8', env: { HOME: '/nowhere' } });
  expect(out).toMatch(/^argus-agent: the owner's side/);
});
