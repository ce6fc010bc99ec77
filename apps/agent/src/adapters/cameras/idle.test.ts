import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';

const SRC = join(import.meta.dirname, '..', '..');

/** What is loaded with a file, through imports that are not types and not put off until they are needed. */
function loadedWith(file: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const [, path = ''] of readFileSync(file, 'utf8').matchAll(/^(?:import|export) (?!type\b)(?:[^;']*? from )?'(\.[^']+)';/gm)) loadedWith(join(dirname(file), path), seen);
  return seen;
}

/** Guarantee: an agent that is never asked for a picture carries nothing that takes one. */
test('nothing that takes, reads or draws a picture is loaded when the agent starts', () => {
  const loaded = [...loadedWith(join(SRC, 'main.ts'))].map((file) => relative(SRC, file));
  expect(loaded).toContain('adapters/websocket/dial.ts');
  expect(loaded.filter((file) => /^(picture|adapters\/cameras)\//.test(file))).toEqual(['adapters/cameras/cameras.ts']);
});
