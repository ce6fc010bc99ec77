/**
 * The migrations as they are on disk, and what that means for a database that has some of them. Pure but for reading.
 */
import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

export type Migration = { readonly name: string; readonly sha256: string; readonly sql: string };
export type Applied = { readonly name: string; readonly sha256: string };

export async function readMigrations(directory: string): Promise<readonly Migration[]> {
  const names = (await readdir(directory)).toSorted();
  const numbers = new Set<string>();
  for (const name of names) {
    const number = /^(\d{4})(_[a-z0-9]+)+\.sql$/.exec(name)?.[1];
    if (!number)
      throw new Error(
        `${join(directory, name)} is not named like a migration (0002_what_changes.sql). Rename it or move it away.`,
      );
    if (numbers.has(number))
      throw new Error(`Two migrations have the number ${number}. Give the newer one the next free number.`);
    numbers.add(number);
  }
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(join(directory, name), 'utf8');
      return { name, sql, sha256: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

/** What is left to do. A database that went another way than these files is left alone. */
export function planMigrations(files: readonly Migration[], applied: readonly Applied[]): readonly Migration[] {
  const known = new Map(files.map((file) => [file.name, file]));
  for (const { name, sha256 } of applied) {
    const file = known.get(name);
    if (!file) {
      throw new Error(
        `The database is newer than this Argus: it has the migration ${name}, which is not here. ` +
          'Start the newer Argus, or restore the backup taken before it.',
      );
    }
    if (file.sha256 !== sha256) {
      throw new Error(
        `The migration ${name} was changed after the database had run it. Put the file back as it was (git ` +
          'checkout), ' +
          'and write what should change into a new migration.',
      );
    }
  }
  const left = files.slice(applied.length);
  const late = files.find((file, i) => i < applied.length && !applied.some((a) => a.name === file.name));
  if (late) {
    throw new Error(
      `The migration ${late.name} comes before some the database has run already. Give it the next free number, ` +
        'so that every database runs the same order.',
    );
  }
  return left;
}
