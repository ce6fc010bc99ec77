import type { Pool } from 'pg';
import { expect, test } from 'vitest';
import { refuseUnsafeServer } from './server-checks.ts';

const GOOD = { server_version_num: '150000', fsync: 'on', full_page_writes: 'on', synchronous_commit: 'on' };

/** A server we cannot start, since ours has these on: it answers with the given settings. */
const serverWith = (settings: Readonly<Record<string, string>>): Pick<Pool, 'query'> => ({
  query: (() =>
    Promise.resolve({
      rows: Object.entries(settings).map(([name, setting]) => ({ name, setting })),
    })) as unknown as Pool['query'],
});

test('a server that keeps what it acknowledges passes', async () => {
  await refuseUnsafeServer(serverWith(GOOD));
  await refuseUnsafeServer(serverWith({ ...GOOD, synchronous_commit: 'remote_apply' }));
});

test.each([
  [{ server_version_num: '140009' }, 'PostgreSQL 14, and Argus needs 15'],
  [{ fsync: 'off' }, 'with fsync off'],
  [{ full_page_writes: 'off' }, 'with full_page_writes off'],
  [{ synchronous_commit: 'off' }, 'with synchronous_commit off'],
])('%j alone is refused', async (setting, sentence) => {
  await expect(refuseUnsafeServer(serverWith({ ...GOOD, ...setting }))).rejects.toThrow(sentence);
});

test('a server that does not say is not trusted', async () => {
  await expect(refuseUnsafeServer(serverWith({}))).rejects.toThrow();
  const { fsync: _, ...silent } = GOOD;
  await expect(refuseUnsafeServer(serverWith(silent))).rejects.toThrow('with fsync unknown');
});
