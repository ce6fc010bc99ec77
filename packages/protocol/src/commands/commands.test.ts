import { expect, test } from 'vitest';
import type { z } from 'zod';
import { classes } from '../classify.ts';
import { COMMANDS, parseCall } from './index.ts';

test.each(COMMANDS.map((c) => [c.name, c] as const))('%s: every argument is classified on purpose', (_name, c) => {
  for (const [key, field] of Object.entries(c.args.shape)) expect(classes.get(field as z.ZodType), key).toBeDefined();
});

test.each(COMMANDS.map((c) => [c.name, c] as const))('%s: its documented example parses', (name, c) => {
  expect(parseCall(name, c.example)).toMatchObject({ ok: true, value: { name } });
});

test.each(['exec', 'shell', 'toString', '__proto__', 'PING', 'ping ', ''])('%j is no command', (name) =>
  expect(parseCall(name, {})).toMatchObject({ ok: false, error: { code: 'command_not_allowlisted' } }));

test('an argument nobody wrote a contract for is refused, not ignored', () => {
  expect(parseCall('ping', { shell: 'id' })).toMatchObject({ ok: false, error: { code: 'bad_args' } });
});

test('a refusal names the field and never the value', () => {
  expect(JSON.stringify(parseCall('ping', { hunter2: 'hunter3' }))).not.toMatch(/hunter/);
});

/** Guarantee: a consent for some cameras holds for every command that names one, also for those of tomorrow. */
test.each(COMMANDS.map((c) => [c.name, c] as const))('%s says that it names a camera exactly when it has an argument for one', (_name, c) => {
  expect('names' in c && c.names === 'camera').toBe('camera' in c.args.shape);
});
