import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mustId } from '@argus/protocol/ids.ts';
import { testDatabase, testServer } from '@argus/testkit/postgres.ts';
import { Client } from 'pg';
import { expect, test } from 'vitest';
import { postgresStores } from '../adapters/postgres/stores.ts';
import { migrate, MIGRATIONS } from './migrate.ts';
import { openPool } from './pools.ts';

/** Guarantee: whoever had a fleet before 0018 has the same one after it. */
test('what machines had said before their words moved to tables of their own is still known, and they are found by the same words', async () => {
  const db = await testDatabase({ empty: true });
  const before = await mkdtemp(join(tmpdir(), 'argus-migrations-'));
  for (const name of await readdir(MIGRATIONS)) if (name < '0018') await copyFile(join(MIGRATIONS, name), join(before, name));
  const passwords = testServer().passwords;
  await migrate({ connection: db.admin, passwords, directory: before, say: () => undefined });
  const owner = new Client(db.owner);
  await owner.connect();
  await owner.query(`INSERT INTO argus.tenants (id, name, created_at) VALUES ('BAKERY', 'Bakery', now())`);
  await owner.query(`INSERT INTO argus.agents (id, tenant_id, created_at, public_key, sealed_passkey, version, platform, last_seen_at, manifest, manifest_taken_at) VALUES
    ('agent_that_spoke', 'BAKERY', now(), 'key', 'passkey', '1.2.0', 'Linux Ärger', '2026-01-02T03:04:05Z', '{"v":1}', '2026-01-02T03:04:00Z'), ('agent_that_is_new', 'BAKERY', now(), NULL, NULL, NULL, NULL, NULL, NULL, NULL)`);
  await owner.end();

  expect((await migrate({ connection: db.admin, passwords, say: () => undefined })).applied[0]).toMatch(/^0018_/);
  const pool = openPool({ connection: db.runtime, max: 2, say: () => undefined });
  const { agents, presence } = postgresStores(pool);
  expect(await agents.byId(mustId('agent', 'agent_that_spoke'))).toMatchObject({ lastSeenAt: Date.parse('2026-01-02T03:04:05Z'), manifest: { text: '{"v":1}', takenAt: Date.parse('2026-01-02T03:04:00Z') } });
  expect(await agents.byId(mustId('agent', 'agent_that_is_new'))).toMatchObject({ lastSeenAt: null, manifest: null });
  const found = async (...words: string[]) =>
    (await presence.page({ tenants: null, words, state: undefined, sort: 'agent', order: 'up', offset: 0, limit: null }, { node: mustId('node', `node_${'a'.repeat(20)}`), epoch: 1, now: 0 })).agents.map(({ id }) => id);
  expect(await found('bakery', 'linux', '1.2.0')).toEqual(['agent_that_spoke']);
  expect(await found('bakery')).toEqual(['agent_that_is_new', 'agent_that_spoke']);
  await pool.end();
  await db.drop();
  await rm(before, { recursive: true });
});
