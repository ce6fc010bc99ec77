import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { MIGRATIONS } from './migrate.ts';
import { planMigrations, readMigrations } from './migration-files.ts';

const file = (name: string, sha256 = name) => ({ name, sha256, sql: '' });
const [a, b, c] = [file('0001_a.sql'), file('0002_b.sql'), file('0003_c.sql')];

test('what is left is what comes after the last applied one', () => {
  expect(planMigrations([a, b, c], [])).toEqual([a, b, c]);
  expect(planMigrations([a, b, c], [a, b])).toEqual([c]);
  expect(planMigrations([a, b, c], [a, b, c])).toEqual([]);
});

test('a database that went another way is left alone', () => {
  expect(() => planMigrations([a], [a, b])).toThrow('newer than this Argus');
  expect(() => planMigrations([a, b], [{ ...a, sha256: 'other' }])).toThrow('was changed after');
  expect(() => planMigrations([a, b, c], [a, c])).toThrow(
    'The migration 0002_b.sql comes before some the database has run already',
  );
});

test.each([['notes.txt'], ['2_b.sql'], ['0002-b.sql'], ['0002_B.sql'], ['0001_b.sql']])(
  '%s beside 0001_a.sql is refused by name',
  async (name) => {
    const folder = await mkdtemp(join(tmpdir(), 'argus-files-'));
    try {
      await writeFile(join(folder, '0001_a.sql'), '');
      await writeFile(join(folder, name), '');
      await expect(readMigrations(folder)).rejects.toThrow(/not named like a migration|have the number 0001/);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
);

test('ours are numbered without a gap', async () => {
  const names = (await readMigrations(MIGRATIONS)).map((m) => Number(m.name.slice(0, 4)));
  expect(names).toEqual(names.map((_, i) => i + 1));
});
