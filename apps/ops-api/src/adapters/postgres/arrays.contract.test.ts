import { testDatabase } from '@argus/testkit/postgres.ts';
import { Client } from 'pg';
import { expect, test } from 'vitest';
import { postgresArray } from './arrays.ts';

const LONG = 'ß'.repeat(9_000);

test('PostgreSQL reads from a list what was put into it', async () => {
  const db = await testDatabase();
  const client = new Client(db.runtime);
  await client.connect();
  const read = async (type: string, list: Buffer, as = 'text') => (await client.query<{ v: unknown }>(`SELECT v::${as} AS v FROM unnest($1::${type}[]) WITH ORDINALITY AS u(v, n) ORDER BY n`, [list])).rows.map((r) => r.v);
  try {
    const texts = ['', 'a', null, '{"a",\\"b\\"}', 'NULL', LONG, '😀 line\nbreak', 'a'];
    expect(await read('text', postgresArray('text', texts))).toEqual(texts);
    expect(await read('text', postgresArray('text', [LONG, LONG, LONG]))).toEqual([LONG, LONG, LONG]);
    expect(await read('text', postgresArray('text', [null, null]))).toEqual([null, null]);
    expect(await read('text', postgresArray('text', []))).toEqual([]);
    const ids = ['0191b2c3-d4e5-7f60-8a9b-0c1d2e3f4051', 'ffffffff-ffff-7fff-bfff-ffffffffffff'];
    expect(await read('uuid', postgresArray('uuid', ids))).toEqual(ids);
    expect(await read('bigint', postgresArray('bigint', [0, -1, 2 ** 53 - 1]))).toEqual(['0', '-1', '9007199254740991']);
    expect(await read('smallint', postgresArray('smallint', [1, 52]))).toEqual(['1', '52']);
    expect(await read('bytea', postgresArray('bytea', [new Uint8Array(), Uint8Array.of(0, 255), null]), 'bytea')).toEqual([Buffer.alloc(0), Buffer.of(0, 255), null]);
    const times = ['2026-11-21T09:00:00.123Z', '1999-12-31T23:59:59.999Z'];
    expect((await read('timestamptz', postgresArray('timestamptz', times), 'timestamptz')).map((at) => (at as Date).toISOString())).toEqual(times);
    // What is no text anywhere is not made one on the way: the row is refused.
    await expect(read('text', postgresArray('text', ['a\0b']))).rejects.toMatchObject({ code: '22021' });
  } finally {
    await client.end();
    await db.drop();
  }
});

test('a number that would not arrive as it is is not sent', () => {
  for (const n of [2 ** 53, 0.5, Number.NaN]) expect(() => postgresArray('bigint', [n])).toThrow(RangeError);
});
