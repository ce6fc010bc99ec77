import { databaseOf } from '../bench/console/fleet.ts';
const db = await databaseOf(process.argv[2]!);
const { rows: [n] } = await db.query('SELECT id, epoch FROM argus.nodes');
console.log((await db.query('show work_mem')).rows, (await db.query('show shared_buffers')).rows, (await db.query('show jit')).rows, (await db.query("select datcollate from pg_database where datname='argus'")).rows);
const ALIVE = `SELECT o.agent_id FROM argus.agent_lines o JOIN argus.nodes n ON n.id = o.node AND n.epoch = o.epoch WHERE o.went_at IS NULL AND (o.node = $1 OR n.beaten_at > now() - interval '30 s')`;
const STATE = `CASE WHEN a.revoked_at IS NOT NULL THEN 'revoked' WHEN a.id IN (${ALIVE}) THEN 'online' WHEN a.public_key IS NOT NULL THEN 'offline' ELSE 'code_issued' END`;
async function time(name: string, q: string, v: unknown[]) { const t: number[] = []; for (let i=0;i<5;i++){ const f=performance.now(); await db.query(q, v); t.push(performance.now()-f);} console.log(name, t.map((x)=>x.toFixed(0)).join(' ')); }
await time('scan ids', `SELECT count(*) FROM argus.agents a`, []);
await time('scan heap', `SELECT count(a.version) FROM argus.agents a`, []);
await time('alive', `SELECT count(*) FROM (${ALIVE}) x`, [n.id]);
await time('state', `SELECT count(*) FILTER (WHERE state='online') FROM (SELECT ${STATE} AS state FROM argus.agents a) x`, [n.id]);
const page = (fits: string, order: string) => `WITH fits AS MATERIALIZED (SELECT id, state FROM (SELECT a.id, a.tenant_id, a.version, a.platform, a.last_seen_at, ${STATE} AS state FROM argus.agents a) s WHERE ${fits}) SELECT id, state, (SELECT count(*) FROM fits) AS total FROM fits ORDER BY ${order}, id COLLATE "C" OFFSET 0 LIMIT 200`;
await time('page by state', page('true', `array_position(ARRAY['online','offline','code_issued','revoked'], state)`), [n.id]);
await time('page words', page(`lower(concat_ws(' ', id, tenant_id, version, platform)) LIKE ALL ('{%site_0123%}'::text[])`, `id COLLATE "C"`), [n.id]);
await time('page words strpos', page(`strpos(lower(id || ' ' || tenant_id || ' ' || coalesce(version,'') || ' ' || coalesce(platform,'')), 'site_0123') > 0`, `id COLLATE "C"`), [n.id]);
await db.end(); process.exit(0);
