/** Every kind of secret an installation has, every way to write one down, and every place to look for it. */
import { createReadStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { Client } from 'pg';
import { readDatabasePassword, roleName, DATABASE_ROLES } from '@argus/ops-api/adapters/embedded-postgres/passwords.ts';
import { readPostmaster } from '@argus/ops-api/adapters/embedded-postgres/postmaster.ts';
import { embeddedConnection } from '@argus/ops-api/db/embedded-database.ts';
import { unseal } from '@argus/keys/seal.ts';
import type { Installation } from './ops-api.ts';

export type Secret = {
  readonly name: string;
  /** As it is handed out or typed. */
  readonly text: string;
  /** What it stands for, where it is not the text itself. */
  readonly bytes?: Uint8Array;
};
export type Found = { readonly secret: string; readonly where: string };

/** As it is, in hex and in both kinds of base64: of its letters, and of the bytes they spell. */
export function spellings({ text, bytes }: Secret): readonly string[] {
  const bodies = [Buffer.from(text), ...(bytes ? [Buffer.from(bytes)] : [])];
  const spelled = bodies.flatMap((body) => [body.toString('hex'), body.toString('hex').toUpperCase(), body.toString('base64').replace(/=+$/, ''), body.toString('base64url')]);
  // Half a secret is one too: what stands behind its prefix opens as much.
  return [...new Set([text, text.replace(/^(pat|rst|enr)_/, ''), ...spelled])];
}

export function lookInto(text: string | Buffer, where: string, secrets: readonly Secret[]): readonly Found[] {
  return secrets.flatMap((secret) => (spellings(secret).some((spelled) => text.includes(spelled)) ? [{ secret: secret.name, where }] : []));
}

async function asAdmin<T>({ dataDir }: Installation, work: (admin: Client) => Promise<T>): Promise<T> {
  const server = await readPostmaster(join(dataDir, 'postgres'));
  const password = await readDatabasePassword(dataDir, 'admin');
  if (!server || password === null) throw new Error('the database does not run');
  const admin = new Client(embeddedConnection(server, 'admin', password));
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}

export async function databaseSecrets(installation: Installation): Promise<readonly Secret[]> {
  const passwords = await Promise.all(
    DATABASE_ROLES.map(async (role) => ({ name: `the database password of ${roleName(role)}`, text: (await readDatabasePassword(installation.dataDir, role)) ?? '' })),
  );
  const masterKey = Buffer.from(installation.env['ARGUS_MASTER_KEY'] ?? '', 'hex');
  const sealed = await asAdmin(installation, async (admin) => (await admin.query<{ sealed_seed: Buffer }>('SELECT sealed_seed FROM argus.log_keys')).rows[0]?.sealed_seed);
  const seed = sealed && unseal(masterKey, sealed, { purpose: 'log_key', tenant: null, agent: null });
  if (!seed) throw new Error('the log key could not be opened');
  return [
    ...passwords,
    { name: 'the master key', text: masterKey.toString('hex'), bytes: masterKey },
    { name: 'the seed of the log key', text: Buffer.from(seed).toString('base64'), bytes: seed },
  ];
}

const MACHINE_SECRET_FILES = ['identity.key', 'passkey'] as const;

/** Made to hold hashes and sealed bytes, and held to it: nothing else may stand there. */
const KEPT: Readonly<Record<string, number>> = { 'pats.secret_hash': 32, 'sessions.secret_hash': 32, 'enrollment_codes.code_hash': 32, 'agents.sealed_passkey': 60, 'log_keys.sealed_seed': 60 };

/** Every row of every table, whichever there are. */
export async function lookIntoTables(installation: Installation, secrets: readonly Secret[]): Promise<{ readonly found: readonly Found[]; readonly rows: number; readonly tables: readonly string[] }> {
  return asAdmin(installation, async (admin) => {
    const { rows: tables } = await admin.query<{ schema: string; name: string }>(
      `SELECT n.nspname AS schema, c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') ORDER BY 1, 2`,
    );
    const found: Found[] = [];
    let seen = 0;
    for (const { schema, name } of tables) {
      const { rows } = await admin.query<{ row: Record<string, unknown> }>(`SELECT to_jsonb(t) AS row FROM ${admin.escapeIdentifier(schema)}.${admin.escapeIdentifier(name)} AS t`);
      for (const { row } of rows) {
        seen++;
        for (const [column, length] of Object.entries(KEPT)) {
          const [table, field = ''] = column.split('.');
          if (table !== name || row[field] === null) continue;
          const hex = row[field];
          if (typeof hex !== 'string' || hex.length !== 2 + 2 * length) found.push({ secret: `something that is not ${length} bytes long`, where: column });
        }
        found.push(...lookInto(JSON.stringify(row), `the table ${name}`, secrets));
      }
    }
    return { found, rows: seen, tables: tables.map((table) => table.name) };
  });
}

/** Every file below a folder but those that are there to hold a secret, byte by byte: also what the database keeps on disk. */
export async function lookIntoFiles(folder: string, secrets: readonly Secret[], isSecretFile: (path: string) => boolean): Promise<{ readonly found: readonly Found[]; readonly files: number }> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)).filter((path) => !isSecretFile(relative(folder, path)));
  const found: Found[] = [];
  for (const path of paths) found.push(...lookInto(await readWhole(path), relative(folder, path), secrets));
  return { found, files: paths.length };
}

/** Some go away while we look; what was in them went too. */
async function readWhole(path: string): Promise<Buffer> {
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of createReadStream(path)) chunks.push(chunk as Buffer); // no encoding was asked for
    return Buffer.concat(chunks);
  } catch (problem) {
    if ((problem as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw problem;
  }
}

/** What a machine keeps to itself. */
export async function machineSecrets(state: string): Promise<readonly Secret[]> {
  const secrets: Secret[] = [];
  for (const name of MACHINE_SECRET_FILES) {
    const bytes = await readFile(join(state, name));
    const text = bytes.toString('utf8').trim();
    const plain = Buffer.from(text, 'base64');
    secrets.push({ name: `the machine's ${name}`, text, ...(plain.length === 32 && { bytes: plain }) });
  }
  return secrets;
}
