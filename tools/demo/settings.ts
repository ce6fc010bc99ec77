import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { ensurePrivateFolder, readPrivateFile, writePrivateFile } from '@argus/ops-api/adapters/data-dir/private-file.ts';

/** What the demo keeps between starts: keys and tokens, each in a file only we can read, outside the database. */
export type DemoSecrets = { readonly masterKey: string; readonly opsToken: string };
export type DemoPats = { readonly pat: string; readonly operatorPat: string };

/** Read, or made by `make` and kept. */
async function kept(dataDir: string, name: string, make: () => string | Promise<string>): Promise<string> {
  const file = join(dataDir, 'secrets', name);
  const known = (await readPrivateFile(file))?.trim();
  if (known) return known;
  const made = await make();
  await writePrivateFile(file, `${made}\n`);
  return made;
}

export async function demoSecrets(dataDir: string): Promise<DemoSecrets> {
  mkdirSync(dataDir, { recursive: true });
  await ensurePrivateFolder(join(dataDir, 'secrets'));
  return {
    masterKey: await kept(dataDir, 'master.key', () => randomBytes(32).toString('hex')),
    opsToken: await kept(dataDir, 'ops.token', () => randomBytes(32).toString('base64url')),
  };
}

/** Two people of the demo: an administrator, and an operator who can only support. */
export async function demoPats(dataDir: string, issue: (who: { operator: string; preset: string }) => Promise<string>): Promise<DemoPats> {
  return {
    pat: await kept(dataDir, 'demo-admin.pat', () => issue({ operator: 'ada@argus.example', preset: 'admin-full' })),
    operatorPat: await kept(dataDir, 'demo-operator.pat', () => issue({ operator: 'otto@argus.example', preset: 'support-operator' })),
  };
}

export type DemoPlace = { readonly dataDir: string; readonly host: string; readonly port: number };
const FIRST_PORT = 8443;
const PORTS_TRIED = 50;

/** Where it listens: as ARGUS_LISTEN says, otherwise the first free port from 8443 on. */
export async function demoPlace(env: NodeJS.ProcessEnv): Promise<DemoPlace> {
  const dataDir = resolve(env['ARGUS_DATA_DIR'] ?? '.argus');
  const wanted = env['ARGUS_LISTEN'];
  if (wanted) {
    const [, host, port] = /^(.+):(\d+)$/.exec(wanted) ?? [];
    if (host === undefined || port === undefined) throw new Error(`ARGUS_LISTEN is ${JSON.stringify(wanted)}. It names an address and a port: ARGUS_LISTEN=127.0.0.1:8443.`);
    return { dataDir, host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
  }
  for (let port = FIRST_PORT; port < FIRST_PORT + PORTS_TRIED; port++) if (await isFree(port)) return { dataDir, host: '127.0.0.1', port };
  throw new Error(`No port from ${FIRST_PORT} to ${FIRST_PORT + PORTS_TRIED - 1} is free. Name one with ARGUS_LISTEN=127.0.0.1:PORT.`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((answer) => {
    const probe = createServer()
      .once('error', () => answer(false))
      .listen(port, '127.0.0.1', () => probe.close(() => answer(true)));
  });
}
