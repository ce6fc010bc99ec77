import { databaseOf } from '../bench/console/fleet.ts';
const db = await databaseOf(process.argv[2]!);
const { rows: [n] } = await db.query('SELECT id, epoch FROM argus.nodes');
const src = (await import('node:fs')).readFileSync('apps/ops-api/src/adapters/postgres/presence.ts','utf8');
const SEEN = src.match(/const SEEN = `([\s\S]*?)`;/)![1]!.replace('${NODE_ALIVE_MS}','30000');
for (const [words, order, extra] of [[[], `array_position(ARRAY['online','offline','code_issued','revoked'], state)`, ''], [['%site_0123%'], 'id COLLATE "C"', ''], [[], 'tenant_id COLLATE "C"', '']] as const) {
const q = `EXPLAIN (ANALYZE, TIMING OFF, COSTS OFF) SELECT *, count(*) OVER () AS total FROM (${SEEN}) AS seen WHERE ($4::text[] IS NULL OR tenant_id = ANY ($4)) AND ($5::text IS NULL OR id = $5)
      AND lower(concat_ws(' ', id, tenant_id, version, platform)) LIKE ALL ($6::text[])
      AND ($7::text IS NULL OR CASE $7 WHEN 'in_session' THEN session IS NOT NULL ELSE state = $7 END) ORDER BY ${order}, id COLLATE "C" OFFSET $8 LIMIT $9`;
const { rows } = await db.query(q, [n.id, n.epoch, new Date(), null, null, words, null, 0, 200]);
console.log(rows.map((r: any) => r['QUERY PLAN']).join('\n'), '\n');
}
await db.end(); process.exit(0);
