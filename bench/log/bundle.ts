import type { Pool } from 'pg';
import { writeBundle } from '../../verify/testing/write-bundle.ts';

const PAGE = 20_000;

/** A whole log as a bundle. The writer wants everything in one go, so the texts are held here; who checks them does not. */
export async function bundleOf(pool: Pool, path: string, { instance, tenant, logKey }: { readonly instance: string; readonly tenant: string; readonly logKey: string }): Promise<void> {
  const [head] = (await pool.query<{ size: number; note: string }>('SELECT size, note FROM argus.log_checkpoints WHERE tree = $1 ORDER BY size DESC LIMIT 1', [tenant])).rows;
  if (!head) throw new Error('there is no log');
  const leaves: { index: number; leaf: string }[] = [];
  for (let at = 0; at < head.size; at += PAGE)
    for (const row of (await pool.query<{ index: number; leaf: string }>('SELECT seq AS index, bytes AS leaf FROM argus.log_leaves WHERE tree = $1 AND seq >= $2 AND seq < $3 ORDER BY seq', [tenant, at, at + PAGE])).rows) leaves.push(row);
  writeBundle(path, { meta: { kind: 'log', instance, tenant, from: 0, to: head.size, size: head.size, log_keys: [logKey] }, checkpoint: head.note, leaves });
}
