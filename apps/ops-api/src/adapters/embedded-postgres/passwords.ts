/** One random password per database role, each in its own file outside the database's folder. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { ensurePrivateFolder, readPrivateFile, writePrivateFile } from '../data-dir/private-file.ts';

export const DATABASE_ROLES = ['admin', 'owner', 'runtime', 'auditor'] as const;
export type DatabaseRole = (typeof DATABASE_ROLES)[number];

/** What PostgreSQL calls them. */
export const roleName = (role: DatabaseRole): string => `argus_${role}`;

export const passwordFile = (dataDir: string, role: DatabaseRole): string =>
  join(dataDir, 'secrets', `db-${role}.password`);

/** Null when this data dir has none for that role. */
export async function readDatabasePassword(dataDir: string, role: DatabaseRole): Promise<string | null> {
  const text = await readPrivateFile(passwordFile(dataDir, role));
  return text?.trim() || null;
}

export async function ensureDatabasePassword(dataDir: string, role: DatabaseRole): Promise<string> {
  await ensurePrivateFolder(join(dataDir, 'secrets'));
  const known = await readDatabasePassword(dataDir, role);
  if (known !== null) return known;
  const fresh = randomBytes(32).toString('base64url');
  await writePrivateFile(passwordFile(dataDir, role), `${fresh}\n`);
  return fresh;
}
