/**
 * A process of its own: opens the database, migrates it, and leaves, so that the running API never holds the passwords
 * of roles that could rewrite the audit. Progress goes to stderr; stdout gets one line of JSON that says where it is.
 *
 * Settings: ARGUS_DATA_DIR; for a PostgreSQL of your own also ARGUS_DATABASE_OWNER_URL and
 * DATABASE_URL, or both as …_FILE.
 */
import { readFile } from 'node:fs/promises';
import { DATABASE, prepareEmbedded } from './embedded-database.ts';
import { prepareExternal } from './external-server.ts';

const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** Start of a process that ends with the answer, or with a sentence and exit code 1. */
async function prepare(): Promise<Readonly<Record<string, unknown>>> {
  const dataDir = process.env['ARGUS_DATA_DIR'];
  if (!dataDir)
    throw new Error('ARGUS_DATA_DIR is not set. Set it to the folder where Argus keeps its data and secrets.');
  const ownerUrl = await setting('ARGUS_DATABASE_OWNER_URL');
  const runtimeUrl = await setting('DATABASE_URL');
  if (ownerUrl) {
    const { database } = await prepareExternal({ ownerUrl, runtimeUrl, dataDir, say });
    return { external: true, database };
  }
  if (runtimeUrl) {
    throw new Error(
      'DATABASE_URL is set and ARGUS_DATABASE_OWNER_URL is not. Set it too, to a role that may create roles and ' +
        'schemas: ' +
        'only this step reads it, to migrate the database.',
    );
  }
  const server = await prepareEmbedded({ dataDir, say, runtimeDir: process.env['XDG_RUNTIME_DIR'] });
  const { socketDir, port, pid, adopted } = server;
  return { socketDir, port, database: DATABASE, pid, adopted };
}

async function setting(name: string): Promise<string | undefined> {
  const file = process.env[`${name}_FILE`];
  return file ? (await readFile(file, 'utf8')).trim() : process.env[name];
}

try {
  process.stdout.write(`${JSON.stringify(await prepare())}\n`);
} catch (error) {
  // What we refuse is an Error with a sentence; anything else is a bug or the driver's, and its stack helps.
  const isSentence = error instanceof Error && error.constructor === Error;
  say(
    isSentence
      ? error.message
      : `Preparing the database failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
  );
  process.exitCode = 1;
}
