/** What PostgreSQL takes by itself: the same bytes of leaf, event and audit row, in batches of 256, each durable before the next. */
import { join } from 'node:path';
import { readDatabasePassword } from '@argus/ops-api/adapters/embedded-postgres/passwords.ts';
import { readPostmaster } from '@argus/ops-api/adapters/embedded-postgres/postmaster.ts';
import { leafOf } from '@argus/ops-api/audit/attempt.ts';
import { embeddedConnection } from '@argus/ops-api/db/embedded-database.ts';
import type { InstanceId, TenantId } from '@argus/protocol/ids.ts';
import { leafText } from '@argus/protocol/leaf.ts';
import { Client } from 'pg';
import { attempts } from './attempts.ts';

const BATCH = 256;

/** Entries per second. */
export async function floorOf(dataDir: string, { instance, tenant, count }: { readonly instance: InstanceId; readonly tenant: TenantId; readonly count: number }): Promise<number> {
  const server = await readPostmaster(join(dataDir, 'postgres'));
  if (!server) throw new Error('the database does not run');
  const client = new Client(embeddedConnection(server, 'admin', (await readDatabasePassword(dataDir, 'admin')) ?? '', 'postgres'));
  await client.connect();
  await client.query('CREATE TABLE floor_log (seq bigint PRIMARY KEY, leaf text NOT NULL, event text NOT NULL, audit text NOT NULL)');
  const texts = [...attempts(tenant, count)].map((attempt, seq) => leafText(leafOf(attempt, { instance, seq })));
  const from = performance.now();
  for (let at = 0; at < count; at += BATCH) {
    const part = texts.slice(at, at + BATCH);
    await client.query({ name: 'floor', text: 'INSERT INTO floor_log SELECT seq, t, t, t FROM unnest($1::bigint[], $2::text[]) AS r(seq, t)', values: [part.map((_, i) => at + i), part] });
  }
  const seconds = (performance.now() - from) / 1_000;
  await client.query('DROP TABLE floor_log');
  await client.end();
  return count / seconds;
}
