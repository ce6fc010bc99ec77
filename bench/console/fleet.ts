/** A fleet in the real database, without its machines: rows as enrolling and dialing in leave them. */
import { embeddedConnection } from '@argus/ops-api/db/embedded-database.ts';
import { readDatabasePassword } from '@argus/ops-api/adapters/embedded-postgres/passwords.ts';
import { openDatabaseProcess } from '@argus/ops-api/adapters/embedded-postgres/database-process.ts';
import { Client } from 'pg';

export const PLATFORMS = ['linux x64 6.1.0-18-amd64 Debian GNU/Linux 12 (bookworm)', 'darwin arm64 24.1.0 macOS 15.1', 'win32 x64 10.0.22631 Windows 11 Pro'] as const;

export async function databaseOf(dataDir: string): Promise<Client> {
  const { connection } = await openDatabaseProcess({ dataDir, runtimeDir: undefined, say: () => undefined });
  const client = new Client(embeddedConnection({ socketDir: String(connection.host), port: Number(connection.port) }, 'admin', (await readDatabasePassword(dataDir, 'admin')) ?? ''));
  await client.connect();
  return client;
}

/** So many machines of forty tenants; of a hundred, 92 are online, 5 offline, 2 have a code, 1 is revoked. */
export async function seedFleet(database: Client, agents: number): Promise<void> {
  await database.query(`INSERT INTO argus.tenants (id, name, created_at) SELECT format('FLEET_%s', to_char(n, 'FM000')), format('Fleet %s', n), now() FROM generate_series(1, 40) AS n`);
  await database.query(
    `INSERT INTO argus.agents (id, tenant_id, created_at, public_key, sealed_passkey, enrolled_at, revoked_at, version, platform)
     SELECT format('agent_site_%s', to_char(n, 'FM00000')), format('FLEET_%s', to_char(n % 40 + 1, 'FM000')), now(),
            CASE WHEN n % 100 < 98 THEN encode(sha256(n::text::bytea), 'base64') END, CASE WHEN n % 100 < 98 THEN sha256(n::text::bytea) END, now(),
            CASE WHEN n % 100 = 97 THEN now() END, CASE WHEN n % 100 < 98 THEN format('1.%s.%s', n % 7, n % 13) END, CASE WHEN n % 100 < 98 THEN ($2::text[])[n % 3 + 1] END
       FROM generate_series(0, $1::int - 1) AS n`,
    [agents, PLATFORMS],
  );
  await database.query(
    `INSERT INTO argus.agent_lines (connection, agent_id, node, epoch, came_at)
     SELECT format('con_%s', a.id), a.id, n.id, n.epoch, now() FROM argus.nodes n, argus.agents a WHERE CASE WHEN a.id LIKE 'agent\\_site\\_%' THEN right(a.id, 2)::int < 92 END`,
  );
  await database.query(`INSERT INTO argus.agent_seen (agent_id, at) SELECT id, now() - right(id, 5)::int * interval '1 second' FROM argus.agents WHERE id LIKE 'agent\\_site\\_%' AND public_key IS NOT NULL`);
  await database.query(`INSERT INTO argus.agent_manifests (agent_id, manifest, taken_at) SELECT id, repeat('{"commands":["ping"]}', 60), now() FROM argus.agents WHERE id LIKE 'agent\\_site\\_%' AND public_key IS NOT NULL`);
  await database.query('ANALYZE argus.agents, argus.agent_lines, argus.agent_seen');
}

/** One machine goes, or comes back: true. */
export async function flip(database: Client, n: number): Promise<boolean> {
  const { rows } = await database.query<{ there: boolean }>(`UPDATE argus.agent_lines SET went_at = CASE WHEN went_at IS NULL THEN greatest(came_at, now()) END WHERE agent_id = $1 RETURNING went_at IS NULL AS there`, [`agent_site_${String(n).padStart(5, '0')}`]);
  return rows[0]?.there === true;
}
