import { Client } from 'pg';
import { expect, test } from 'vitest';
import { testDatabase } from './postgres.ts';

async function asOne<T>(
  connection: ConstructorParameters<typeof Client>[0],
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const client = new Client(connection);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

test('each test file gets a migrated database of its own, and drop leaves nothing', async () => {
  const [one, two] = await Promise.all([testDatabase(), testDatabase()]);
  await asOne(one.owner, (c) => c.query('create table argus.only_here (x int)'));
  const has = (connection: ConstructorParameters<typeof Client>[0]): Promise<unknown> =>
    asOne(
      connection,
      async (c) =>
        (
          await c.query(
            `select to_regclass('argus.only_here')::text as t, count(*)::int > 0 as migrated from ` +
              'argus.schema_migrations',
          )
        ).rows[0],
    );
  expect(await has(one.runtime)).toEqual({ t: 'only_here', migrated: true });
  expect(await has(two.auditor)).toEqual({ t: null, migrated: true });
  const stays = new Client(one.runtime);
  stays.on('error', () => undefined);
  await stays.connect();
  await one.drop();
  await two.drop();
  await expect(asOne(one.owner, (c) => c.query('select 1'))).rejects.toThrow('does not exist');
});
