/**
 * The nightly audit on a real PostgreSQL, with a real mail server. Guarantee: whoever has the owner's password and changes
 * the record behind the grants is found by the night, and people hear of it, whatever is killed or away meanwhile.
 */
import { manualClock } from '@argus/kit/clock.ts';
import { mustId } from '@argus/protocol/ids.ts';
import { testDatabase, type TestDatabase } from '@argus/testkit/postgres.ts';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterEach, describe, expect, test } from 'vitest';
import type { Order, StopAt } from '../../test/audit-process.ts';
import { honestRecord, MIDNIGHT } from '../../test/honest-record.ts';
import { mailServer, textOf, type MailServer } from '../../test/mail-server.ts';
import { DAY_MS, NODE, OTHER_TENANT, TENANT } from '../../test/sample.ts';
import { AFTERWARDS, watching } from '../../test/watched-record.ts';
import { createRunner } from '../jobs/runner.ts';
import type { Job } from '../jobs/job.ts';

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});

const OTHER_NODE = mustId('node', `node_${'b'.repeat(20)}`);
const anyJob: Job = { name: 'any', dueAt: 0, tries: 1, failingSince: null, problem: null, lease: null };
const FIRST_DAY = MIDNIGHT - DAY_MS;

async function recorded() {
  const db = await testDatabase();
  undo.push(() => db.drop());
  const owner = new Client(db.owner);
  await owner.connect();
  undo.push(() => owner.end());
  const server = life(db);
  await honestRecord(server.stores);
  return { db, server, asOwner: (text: string, values: readonly unknown[] = []) => owner.query(text, [...values]) };
}
function life(db: TestDatabase, over: Partial<Parameters<typeof watching>[0]> = {}) {
  const server = watching({ connection: db.runtime, node: NODE, epoch: 1, ...over });
  undo.push(() => server.pool.end());
  return server;
}
async function mailbox(port = 0): Promise<MailServer> {
  const box = await mailServer({ port });
  undo.push(() => box.close().catch(() => undefined));
  return box;
}
/** Nights until none is left that is closed. */
async function audited(server: ReturnType<typeof watching>): Promise<void> {
  for (let night = 0; night < 9; night++) {
    const done = await server.nightly(anyJob);
    if (!done.ok) throw new Error(done.error);
    if (done.value > server.clock.now()) return;
  }
  throw new Error('the nights do not end');
}
const resultsOf = async (server: ReturnType<typeof watching>) => (await server.stores.reconciliations.list(99)).toSorted((a, b) => a.from - b.from);
const typesIn = async ({ stores }: ReturnType<typeof watching>) => (await stores.leaves.leaves('operator', 0, 999)).map(({ bytes }) => (JSON.parse(bytes) as { type: string }).type);

test('an honest record is reconciled day by day, the oldest first, once each, and nobody is mailed', async () => {
  const { server } = await recorded();
  await audited(server);
  await audited(server);
  const results = await resultsOf(server);
  expect(results.map((r) => r.from)).toEqual([FIRST_DAY, MIDNIGHT, MIDNIGHT + DAY_MS]);
  for (const result of results) expect(result).toMatchObject({ kind: 'nightly', by: 'auditor', mismatches: 0, findings: [], auditRows: 13, events: 13, leaves: 13, trees: 3 });
  expect((await typesIn(server)).slice(-3)).toEqual(['audit_reconciled', 'audit_reconciled', 'audit_reconciled']);
  expect(await server.stores.alerts.unmailed(9)).toEqual([]);
  // The day that is not over yet has the results of the others in it, and agrees in its turn.
  server.clock.setWall(AFTERWARDS + DAY_MS);
  await audited(server);
  expect((await resultsOf(server)).at(-1)).toMatchObject({ from: MIDNIGHT + 2 * DAY_MS, mismatches: 0, auditRows: 3, leaves: 3 });
});

type Recorded = Awaited<ReturnType<typeof recorded>>;
const idOf = async ({ asOwner }: Recorded, tree: string, index: number): Promise<string> =>
  (await asOwner('SELECT id FROM argus.events WHERE tree = $1 AND leaf_index = $2', [tree, index])).rows[0].id as string;
/** Somebody with the owner's password, and what the audit then says. Entries 10 to 19 of the tenant are of the second day. */
const CRIMES: Readonly<Record<string, (r: Recorded) => Promise<readonly string[]>>> = {
  async 'deletes one audit row'(r) {
    const id = await idOf(r, TENANT, 12);
    await r.asOwner('DELETE FROM argus.remote_support_audit WHERE id = $1', [id]);
    return [`audit_row_missing ${TENANT} #12 id ${id}`, 'counts_differ'];
  },
  async 'deletes one event'(r) {
    const id = await idOf(r, TENANT, 12);
    await r.asOwner('DELETE FROM argus.events WHERE id = $1', [id]);
    return [`event_missing ${TENANT} #12`, `audit_row_without_event id ${id}`];
  },
  async 'deletes one pair'(r) {
    const id = await idOf(r, TENANT, 12);
    for (const table of ['remote_support_audit', 'events']) await r.asOwner(`DELETE FROM argus.${table} WHERE id = $1`, [id]);
    return [`event_missing ${TENANT} #12`];
  },
  async 'swaps two fields of a row'(r) {
    const id = await idOf(r, TENANT, 11);
    await r.asOwner('UPDATE argus.remote_support_audit SET operator = reason, reason = operator WHERE id = $1', [id]);
    return [`audit_differs ${TENANT} #11 id ${id} (operator, reason)`];
  },
  async 'swaps a field of two rows'(r) {
    const [one, other] = [await idOf(r, TENANT, 11), await idOf(r, OTHER_TENANT, 2)];
    await r.asOwner('UPDATE argus.remote_support_audit a SET action = b.action FROM argus.remote_support_audit b WHERE (a.id, b.id) IN (($1::uuid, $2::uuid), ($2::uuid, $1::uuid))', [one, other]);
    return [`audit_differs ${TENANT} #11 id ${one} (action)`, `audit_differs ${OTHER_TENANT} #2 id ${other} (action)`];
  },
  async 'moves a row by a microsecond'(r) {
    const id = await idOf(r, TENANT, 11);
    await r.asOwner(`UPDATE argus.remote_support_audit SET at = at + interval '1 microsecond' WHERE id = $1`, [id]);
    return [`audit_differs ${TENANT} #11 id ${id} (at)`];
  },
  async 'changes a number in the arguments'(r) {
    const id = await idOf(r, TENANT, 11);
    await r.asOwner(`UPDATE argus.remote_support_audit SET args = args || '{"lines": 201}' WHERE id = $1`, [id]);
    return [`audit_differs ${TENANT} #11 id ${id} (args)`];
  },
  async 'adds a space to an event'(r) {
    const id = await idOf(r, TENANT, 11);
    await r.asOwner(`UPDATE argus.events SET body = (body::text || ' ')::json WHERE id = $1`, [id]);
    return [`event_differs ${TENANT} #11 id ${id} (body)`];
  },
  async 'rewrites leaf, hash, event and row alike'(r) {
    const id = await idOf(r, TENANT, 11);
    const change = `replace($COLUMN, 'ana@argus.example', 'eve@argus.example')`;
    await r.asOwner(
      `UPDATE argus.log_leaves SET bytes = ${change.replace('$COLUMN', 'bytes')},
              leaf_hash = sha256('\\x00'::bytea || convert_to(${change.replace('$COLUMN', 'bytes')}, 'UTF8')) WHERE tree = $1 AND seq = 11`,
      [TENANT],
    );
    await r.asOwner(`UPDATE argus.events SET body = ${change.replace('$COLUMN', 'body::text')}::json WHERE id = $1`, [id]);
    await r.asOwner(`UPDATE argus.remote_support_audit SET operator = 'eve@argus.example' WHERE id = $1`, [id]);
    return [`node_changed ${TENANT} #11`, `root_differs ${TENANT} #12`];
  },
  async 'deletes a leaf with its pair'(r) {
    const id = await idOf(r, TENANT, 12);
    for (const table of ['remote_support_audit', 'events']) await r.asOwner(`DELETE FROM argus.${table} WHERE id = $1`, [id]);
    await r.asOwner('DELETE FROM argus.log_leaves WHERE tree = $1 AND seq = 12', [TENANT]);
    return [`leaf_missing ${TENANT} #12`];
  },
  async 'changes a stored hash'(r) {
    await r.asOwner('UPDATE argus.log_nodes SET hash = sha256(hash) WHERE tree = $1 AND level = 1 AND idx = 7', [TENANT]);
    return [`node_changed ${TENANT} #15`];
  },
  async 'signs a checkpoint with another key'(r) {
    await r.asOwner(`UPDATE argus.log_checkpoints SET note = replace(note, '— ', '— x') WHERE tree = $1 AND size = 12`, [TENANT]);
    return [`checkpoint_forged ${TENANT} #12`];
  },
  async 'puts in an audit row'(r) {
    await r.asOwner(`INSERT INTO argus.remote_support_audit SELECT gen_random_uuid(), at, operator, ip, tenant_id, agent_id, session_id, NULL, action, 'fact', 'ok', code,
                       gates_passed, reason, command, args FROM argus.remote_support_audit WHERE id = $1`, [await idOf(r, TENANT, 11)]);
    return ['counts_differ', 'audit_row_without_event id '];
  },
};

describe('the night finds who, as the owner of the tables,', () => {
  test.each(Object.entries(CRIMES))('%s; the mail names the window and the rows', async (_what, commit) => {
    const r = await recorded();
    const box = await mailbox();
    const server = life(r.db, { mailPort: box.port });
    const expected = await commit(r);
    await audited(server);
    const results = await resultsOf(server);
    expect(results.map((result) => result.mismatches > 0)).toEqual([false, true, false]);
    expect((await server.deliver(anyJob)).ok).toBe(true);
    expect(box.received).toHaveLength(1);
    const [mail] = box.received;
    const text = mail ? textOf(mail) : '';
    expect(mail?.raw).toMatch(/^Subject: \[Argus\] 1 high: audit_mismatch\r$/m);
    expect(text).toContain('window 2026-03-02T00:00:00.000Z to 2026-03-03T00:00:00.000Z');
    for (const line of expected) expect(text).toContain(`- ${line}`);
    expect(text).not.toMatch(/eve@|investigate/); // rows are named; what stands in them is not repeated
    expect((await typesIn(server)).filter((type) => /^(audit|tripwire)/.test(type))).toEqual(['audit_reconciled', 'tripwire_fired', 'audit_mismatch_found', 'audit_reconciled']);
  });
});

test('the mail server is away at first and back later: the mail arrives once', async () => {
  const r = await recorded();
  const away = await mailServer();
  await away.close();
  const server = life(r.db, { mailPort: away.port });
  await CRIMES['deletes one pair']?.(r);
  await audited(server);
  for (let tries = 0; tries < 3; tries++) expect(await server.deliver(anyJob)).toMatchObject({ ok: false, error: expect.stringContaining('ESOCKET') as string });
  expect(await server.stores.alerts.unmailed(9)).toHaveLength(1);
  const box = await mailbox(away.port);
  for (let tries = 0; tries < 3; tries++) {
    expect((await server.deliver(anyJob)).ok).toBe(true);
    server.clock.setWall(server.clock.now() + DAY_MS);
  }
  expect(box.received).toHaveLength(1);
  expect(textOf(box.received[0] ?? { raw: '' } as never)).toContain(`event_missing ${TENANT} #12`);
});

test('two nodes audit the same night at once: one result, one alert', async () => {
  const r = await recorded();
  await CRIMES['deletes one pair']?.(r);
  const [one, two] = [life(r.db), life(r.db, { node: OTHER_NODE })];
  for (let night = 0; night < 3; night++) await Promise.all([one.nightly(anyJob), two.nightly(anyJob)]);
  await audited(one);
  expect((await resultsOf(one)).map((result) => result.from)).toEqual([FIRST_DAY, MIDNIGHT, MIDNIGHT + DAY_MS]);
  expect((await one.stores.alerts.list({ tenants: null, openOnly: true, limit: 9 })).map((a) => a.kind)).toEqual(['audit_mismatch']);
});

describe('kill -9 in the middle of an audit,', () => {
  /** A real process, stopped at that place and killed there. */
  async function killedAt(stopAt: StopAt, db: TestDatabase): Promise<void> {
    const child = fork(join(import.meta.dirname, '../../test/audit-process.ts'), { execArgv: [], stdio: 'inherit' });
    const gone = once(child, 'exit');
    undo.push(async () => (child.kill('SIGKILL'), gone));
    child.send({ connection: db.runtime, stopAt } satisfies Order);
    expect(await Promise.race([once(child, 'message'), gone])).toEqual(['stopped', undefined]);
    child.kill('SIGKILL');
    expect(await gone).toEqual([null, 'SIGKILL']);
  }

  test.each(['while_reading', 'before_the_result', 'after_the_result'] as const)('%s: the next life audits again, and each window has one result and one alert', async (stopAt) => {
    const r = await recorded();
    const id = await idOf(r, TENANT, 2); // of the first day, which is the one it dies in
    await r.asOwner('DELETE FROM argus.remote_support_audit WHERE id = $1', [id]);
    await killedAt(stopAt, r.db);
    const held = await r.server.stores.jobs.list();
    expect(held).toMatchObject([{ name: 'nightly_audit', tries: 1, lease: { node: NODE, epoch: 1 } }]);

    const next = life(r.db, { epoch: 2 });
    const clock = manualClock(AFTERWARDS);
    const seen = { isDone: false };
    const runner = createRunner({
      ...next, clock, jobs: next.stores.jobs, onFailing: () => undefined,
      work: {
        async nightly_audit(job) {
          const night = await next.nightly(job);
          seen.isDone = night.ok && night.value > AFTERWARDS;
          return night;
        },
      },
    });
    await runner.begin();
    for (let turn = 0; turn < 5_000 && !seen.isDone; turn++) {
      await clock.advance(1_000);
      await next.stores.jobs.list(); // the database needs its own time
    }
    await runner.close();
    expect((await resultsOf(next)).map((result) => [result.from, result.mismatches > 0])).toEqual([[FIRST_DAY, true], [MIDNIGHT, false], [MIDNIGHT + DAY_MS, false]]);
    expect((await next.stores.alerts.list({ tenants: null, openOnly: true, limit: 9 })).map((a) => a.kind)).toEqual(['audit_mismatch']);
  });
});
