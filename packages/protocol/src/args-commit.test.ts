import { hash } from 'node:crypto';
import type { Json } from '@argus/kit/canonical-json.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { ArgsCommit, commitArgs, sameCommit } from './args-commit.ts';
import { classes } from './classify.ts';

const sha256 = (bytes: Uint8Array) => hash('sha256', bytes, 'buffer');
const salt = new Uint8Array(16).fill(7);
const schema = z.object({
  lines: z.int().register(classes, { class: 'public' }),
  follow: z.boolean().register(classes, { class: 'public' }),
  level: z.string().register(classes, { class: 'public' }),
  columns: z.array(z.string()).register(classes, { class: 'public' }),
  path: z.string().register(classes, { class: 'sensitive' }),
  password: z.string().register(classes, { class: 'secret' }),
  note: z.string(), // nobody classified it
});
const commit = (args: Record<string, unknown>, by: Uint8Array = salt) => commitArgs(schema, args, { salt: by, sha256 });
const digest = { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) };

test('public scalars stand in clear', () => {
  const args = { lines: 20, follow: true, level: 'warn' };
  expect(commit(args)).toEqual(args);
});

test.each(['path', 'password', 'note', 'nobody_declared_me', 'constructor', '__proto__'])(
  '%s, which is not public, is a digest and nothing of it can be read',
  (name) => {
    const committed = commit(JSON.parse(`{${JSON.stringify(name)}:"hunter2"}`));
    expect(Object.entries(committed)).toEqual([[name, digest]]);
    expect(JSON.stringify(committed)).not.toContain('hunter2');
  },
);

test('public values that are no scalars, or too long to read, are digests', () => {
  expect(commit({ columns: ['a'], level: 'x'.repeat(1_025) })).toEqual({ columns: digest, level: digest });
});

test('an absent argument is not committed to', () =>
  expect(commit({ path: undefined, lines: 1 })).toEqual({ lines: 1 }));

/** Guarantee: somebody who guesses a value cannot confirm the guess from the log, nor see two equal arguments. */
test('the salt matters', () => {
  expect(commit({ path: 'a' })).not.toEqual(commit({ path: 'a' }, new Uint8Array(16).fill(8)));
  expect(commit({ path: 'a' })).toEqual(commit({ path: 'a' }));
});

test('the digest is SHA-256 of the salt and the argument, named, in canonical JSON', () => {
  const bytes = Buffer.concat([salt, Buffer.from('{"path":"a/b"}')]);
  expect(commit({ path: 'a/b' })).toEqual({ path: { sha256: hash('sha256', bytes, 'hex') } });
});

test('a digest cannot be moved to another argument', () => {
  const { path } = commit({ path: 'same' });
  const { note } = commit({ note: 'same' });
  expect(path).not.toEqual(note);
});

const names = Object.keys(schema.shape);
const anyArgs = fc.dictionary(
  fc.constantFrom(...names, 'other'),
  fc.jsonValue({ stringUnit: 'grapheme' }) as fc.Arbitrary<Json>,
);

test('any arguments have a commit that reads back, and changing one of them changes it', () =>
  fc.assert(
    fc.property(anyArgs, fc.constantFrom(...names), (args, name) => {
      const committed = commit(args);
      expect(ArgsCommit.parse(JSON.parse(JSON.stringify(committed)))).toEqual(JSON.parse(JSON.stringify(committed)));
      expect(Object.keys(committed)).toEqual(Object.keys(args));
      const changed = commit({ ...args, [name]: `${JSON.stringify(args[name])} and more` });
      expect(sameCommit(committed, changed)).toBe(false);
    }),
  ));

test('the order of arguments makes no other commit', () =>
  expect(sameCommit(commit({ lines: 1, path: 'a' }), commit({ path: 'a', lines: 1 }))).toBe(true));
