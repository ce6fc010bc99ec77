/** Guarantee: whatever single thing somebody changes in the stored record, the audit of its day finds and names it. */
import { utf8 } from '@argus/kit/bytes.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { leafHash } from '@argus/ledger/hash.ts';
import { mustId } from '@argus/protocol/ids.ts';
import type { TreeName } from '@argus/protocol/origin.ts';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { checkpoints, honestRecord, MIDNIGHT, WINDOW } from '../../test/honest-record.ts';
import { DAY_MS, INSTANCE, OTHER_TENANT, TENANT } from '../../test/sample.ts';
import { memoryRecord, type RecordTables } from '../adapters/memory/record.ts';
import type { LogStore } from '../ports.ts';
import { createAuditor, type Audited, type Reached } from './auditor.ts';
import type { Finding } from './findings.ts';
import type { EventRow, StoredAudit } from './record.ts';

type Tables = { -readonly [K in keyof RecordTables]: RecordTables[K] };
type Editable<T> = { -readonly [K in keyof T]: T[K] };

let honest: Awaited<ReturnType<typeof honestRecord>>;
let tables: RecordTables;
/** How far the night before came. */
let before: ReadonlyMap<TreeName, Reached>;
const copy = (): Tables => structuredClone(tables);

function auditorOn(record: RecordTables, over: (real: LogStore['nodes']) => LogStore['nodes'] = (real) => real) {
  const nodes = over(honest.stores.leaves.nodes);
  return createAuditor({ clock: honest.clock, instance: INSTANCE, record: memoryRecord(() => record), leaves: { nodes }, checkpoints });
}
const nightly = (record: RecordTables, nodes?: (real: LogStore['nodes']) => LogStore['nodes']): Promise<Audited> => auditorOn(record, nodes).audit(WINDOW, before);
const inWindow = ({ at }: { readonly at: string }) => Date.parse(at) >= WINDOW.from && Date.parse(at) < WINDOW.to;
const named = (found: Audited): readonly string[] => found.findings.map((f: Finding) => `${f.what} ${f.id ?? f.tree ?? ''} ${(f.fields ?? []).join(',')}`.trim());

beforeAll(async () => {
  honest = await honestRecord();
  const record = honest.stores.record;
  const trees = await record.trees();
  const all = await Promise.all(trees.map(async (tree) => ({ tree, rows: await record.leaves(tree, { from: 0, to: 1_000 }), signed: await record.checkpoints(tree, { from: 0, to: 1_000 }) })));
  tables = {
    audit: all.flatMap((t) => t.rows.flatMap((r) => (r.audit ? [r.audit] : []))),
    events: all.flatMap((t) => t.rows.flatMap((r) => (r.event ? [r.event] : []))),
    leaves: all.flatMap(({ tree, rows }) => rows.map(({ seq, bytes, leafHash }) => ({ tree, seq, bytes, leafHash }))),
    checkpoints: all.flatMap(({ tree, signed }) => signed.map((c) => ({ tree, ...c }))),
  };
  const night = await auditorOn(tables).audit({ from: WINDOW.from - DAY_MS, to: WINDOW.from }, new Map());
  expect(night.mismatches).toBe(0);
  before = new Map(night.reached.map((r) => [r.tree, r]));
});

describe('an honest record', () => {
  test('agrees, night after night, and every leaf is looked at exactly once', async () => {
    let audited: ReadonlyMap<TreeName, Reached> = new Map();
    let leaves = 0;
    for (let day = WINDOW.from - DAY_MS; day <= WINDOW.to; day += DAY_MS) {
      const night = await auditorOn(tables).audit({ from: day, to: day + DAY_MS }, audited);
      expect(night).toMatchObject({ mismatches: 0, findings: [], auditRows: 13, events: 13, leaves: 13, trees: 3 });
      audited = new Map([...audited, ...night.reached.map((r) => [r.tree, r] as const)]);
      leaves += night.leaves;
    }
    expect(leaves).toBe(tables.leaves.length);
  });

  test('agrees on demand, for any stretch of it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 4_300 }), fc.integer({ min: 1, max: 4_300 }), async (start, length) => {
        const from = MIDNIGHT - DAY_MS + start * 60_000;
        expect((await auditorOn(tables).audit({ from, to: from + length * 60_000 }, null)).findings).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });
});

/** Some other value of the same column. */
const otherOf = (field: string, value: unknown): unknown => {
  if (field === 'at') return `${(value as string).slice(0, -1)}001Z`; // a microsecond later
  if (field === 'args') return value === null ? { lines: 1 } : { ...(value as object), lines: 201 };
  if (field === 'leaf_index') return Number(value) + 1_000;
  if (field === 'tenant_id' || field === 'tree') return value === OTHER_TENANT ? TENANT : OTHER_TENANT;
  if (field === 'phase') return value === 'fact' ? 'outcome' : 'fact';
  return typeof value === 'string' ? `${value}x` : 'x';
};
const COMPARED = ['id', 'at', 'operator', 'tenant_id', 'agent_id', 'session_id', 'request_id', 'action', 'phase', 'outcome', 'code', 'reason', 'command', 'args'] as const satisfies readonly (keyof StoredAudit)[];
const EVENT = ['id', 'at', 'source', 'type', 'tenant_id', 'tree', 'leaf_index', 'body'] as const satisfies readonly (keyof EventRow)[];

describe('one thing changed', () => {
  test.each(COMPARED)('%s of any audit row of the day is found, and the row and the field are named', async (field) => {
    for (const [n, row] of tables.audit.entries()) {
      if (!inWindow(row)) continue;
      const changed = copy();
      (changed.audit[n] as Editable<Record<string, unknown>>)[field] = otherOf(field, row[field]);
      const found = named(await nightly(changed));
      if (field === 'id') expect(found).toEqual([`audit_row_missing ${row.id}`, `audit_row_without_event ${row.id}x`]);
      else expect(found).toEqual([`audit_differs ${row.id} ${field}`]);
    }
  });

  test.each(EVENT)('%s of any event of the day is found and named', async (field) => {
    for (const [n, row] of tables.events.entries()) {
      if (!inWindow(row)) continue;
      const changed = copy();
      (changed.events[n] as Editable<Record<string, unknown>>)[field] = otherOf(field, row[field]);
      const found = named(await nightly(changed));
      const expected = {
        id: `audit_row_missing ${row.id}x`,
        tree: `event_missing ${row.tree}`,
        leaf_index: `event_missing ${row.tree}`,
      }[field as string] ?? `event_differs ${row.id} ${field}`;
      expect(found).toContain(expected);
    }
  });

  test('the text of any leaf is found, also when its hash is made to fit', async () => {
    for (const [n, leaf] of tables.leaves.entries()) {
      if (!inWindow(JSON.parse(leaf.bytes) as { at: string })) continue;
      const changed = copy();
      changed.leaves[n] = { ...leaf, bytes: leaf.bytes.replace('"v":1', '"v":2') };
      expect(named(await nightly(changed)).slice(0, 3)).toEqual([`leaf_changed ${leaf.tree}`, `leaf_misplaced ${leaf.tree}`, expect.stringContaining('event_differs')]);
    }
  });

  test('whoever rewrites a leaf, its hash, its event and its audit row alike is found by what was signed', async () => {
    const changed = copy();
    const n = tables.leaves.findIndex((l) => l.tree === TENANT && inWindow(JSON.parse(l.bytes) as { at: string }));
    const leaf = tables.leaves[n];
    if (!leaf) throw new Error('there is one');
    const bytes = leaf.bytes.replace('ana@argus.example', 'eve@argus.example');
    changed.leaves[n] = { ...leaf, bytes, leafHash: leafHash(sha256, utf8(bytes)) };
    const event = changed.events.find((e) => e.tree === TENANT && e.leaf_index === leaf.seq) as Editable<EventRow>;
    event.body = bytes;
    (changed.audit.find((a) => a.id === event.id) as Editable<StoredAudit>).operator = 'eve@argus.example';
    const found = await nightly(changed);
    expect(found.findings).toContainEqual({ what: 'root_differs', tree: TENANT, index: leaf.seq + 1 });
    // The rest of the tree is checked again from the next checkpoint that can be trusted.
    expect(found.findings.filter((f) => f.what === 'root_differs')).toHaveLength(1);
  });

  test('a stored hash above the leaves', async () => {
    const lie = (real: LogStore['nodes']): LogStore['nodes'] => async (tree, places) =>
      (await real(tree, places)).map((hash, i) => (tree === TENANT && places[i]?.level === 1 && places[i].index === 7 ? new Uint8Array(32).fill(7) : hash));
    expect((await nightly(tables, lie)).findings).toEqual([{ what: 'node_changed', tree: TENANT, index: 15 }]);
    const lose = (real: LogStore['nodes']): LogStore['nodes'] => async (tree, places) =>
      (await real(tree, places)).map((hash, i) => (tree === TENANT && places[i]?.level === 1 && places[i].index === 7 ? new Uint8Array() : hash));
    expect((await nightly(tables, lose)).findings).toEqual([{ what: 'node_missing', tree: TENANT, index: 15 }]);
  });

  test('a checkpoint: its signature, its tree, or the time it claims', async () => {
    const n = tables.checkpoints.findIndex((c) => c.tree === TENANT && c.at > WINDOW.from && c.at < WINDOW.to);
    const edit = async (over: object) => {
      const changed = copy();
      const checkpoint = changed.checkpoints[n];
      if (!checkpoint) throw new Error('there is one');
      changed.checkpoints[n] = { ...checkpoint, ...over };
      return named(await nightly(changed));
    };
    expect(await edit({ note: 'not a note' })).toEqual([`checkpoint_forged ${TENANT}`]);
    expect(await edit({ note: tables.checkpoints.find((c) => c.tree === OTHER_TENANT)?.note })).toEqual([`checkpoint_forged ${TENANT}`]);
    expect(await edit({ at: MIDNIGHT + 30 * DAY_MS })).toEqual([`checkpoint_in_the_future ${TENANT}`]);
  });

  test('the checkpoint at which the night before ended', async () => {
    const reached = before.get(TENANT);
    if (!reached) throw new Error('there is one');
    const other = new Map([...before, [TENANT, { ...reached, note: `${reached.note} ` }]]);
    expect(named(await auditorOn(tables).audit(WINDOW, other))).toEqual([`checkpoint_changed ${TENANT}`]);
    const gone = copy();
    gone.checkpoints = gone.checkpoints.filter((c) => c.tree !== TENANT || c.size !== reached.size);
    expect(named(await nightly(gone))).toContain(`checkpoint_missing ${TENANT}`);
  });
});

describe('one thing taken away', () => {
  test('an audit row, and by the count of its hour', async () => {
    for (const [n, row] of tables.audit.entries()) {
      if (!inWindow(row)) continue;
      const changed = copy();
      changed.audit.splice(n, 1);
      const found = named(await nightly(changed));
      expect(found[0]).toBe(`audit_row_missing ${row.id}`);
      expect(found[1]).toMatch(/^counts_differ {2}2026-03-02T/);
    }
  });

  test('an event', async () => {
    for (const [n, row] of tables.events.entries()) {
      if (!inWindow(row)) continue;
      const changed = copy();
      changed.events.splice(n, 1);
      const found = await nightly(changed);
      expect(found.findings[0]).toEqual({ what: 'event_missing', tree: row.tree, index: row.leaf_index });
      expect(named(found)).toContain(`audit_row_without_event ${row.id}`);
    }
  });

  test('a pair: both halves gone, and only the leaf remembers', async () => {
    for (const row of tables.audit.filter(inWindow)) {
      const changed = copy();
      const event = changed.events.find((e) => e.id === row.id);
      changed.audit = changed.audit.filter((a) => a.id !== row.id);
      changed.events = changed.events.filter((e) => e.id !== row.id);
      expect((await nightly(changed)).findings).toEqual([{ what: 'event_missing', tree: event?.tree, index: event?.leaf_index }]);
    }
  });

  test('a leaf, or a pair with its leaf', async () => {
    for (const leaf of tables.leaves.filter((l) => inWindow(JSON.parse(l.bytes) as { at: string }))) {
      const changed = copy();
      changed.leaves = changed.leaves.filter((l) => l.tree !== leaf.tree || l.seq !== leaf.seq);
      expect((await nightly(changed)).findings[0]).toEqual({ what: 'leaf_missing', tree: leaf.tree, index: leaf.seq });
      const event = changed.events.find((e) => e.tree === leaf.tree && e.leaf_index === leaf.seq);
      changed.audit = changed.audit.filter((a) => a.id !== event?.id);
      changed.events = changed.events.filter((e) => e.id !== event?.id);
      expect((await nightly(changed)).findings[0]).toEqual({ what: 'leaf_missing', tree: leaf.tree, index: leaf.seq });
    }
  });

  test('the end of a tree, with everything that belongs to it, by how far the night before came', async () => {
    const changed = copy();
    const size = (before.get(TENANT)?.size ?? 0) - 2;
    const cut = new Set(changed.events.filter((e) => e.tree === TENANT && e.leaf_index >= size).map((e) => e.id));
    changed.leaves = changed.leaves.filter((l) => l.tree !== TENANT || l.seq < size);
    changed.checkpoints = changed.checkpoints.filter((c) => c.tree !== TENANT || c.size <= size);
    changed.events = changed.events.filter((e) => !cut.has(e.id));
    changed.audit = changed.audit.filter((a) => !cut.has(a.id));
    expect(named(await nightly(changed))).toContain(`tree_shorter ${TENANT}`);
    // All of it, to the last row.
    const gone = { audit: [], events: [], leaves: [], checkpoints: [] };
    expect(named(await nightly(gone)).toSorted()).toEqual([...before.keys()].map((tree) => `tree_shorter ${tree}`).toSorted());
  });

  test('the last checkpoints: leaves are then signed by nobody', async () => {
    const changed = copy();
    const last = changed.checkpoints.filter((c) => c.tree === TENANT).at(-1);
    changed.checkpoints = changed.checkpoints.filter((c) => c !== last);
    expect((await nightly(changed)).findings).toContainEqual({ what: 'leaf_unsigned', tree: TENANT, index: (last?.size ?? 0) - 1 });
  });
});

describe('one thing put in', () => {
  const anAudit = () => tables.audit.find(inWindow);
  test('an audit row, an event, a leaf', async () => {
    const row = anAudit();
    const event = tables.events.find((e) => e.id === row?.id);
    const leaf = tables.leaves.find((l) => l.tree === TENANT && l.seq === 0);
    if (!row || !event || !leaf) throw new Error('there is one');
    const withAudit = copy();
    withAudit.audit.push({ ...row, id: 'forged' });
    expect(named(await nightly(withAudit))[1]).toBe('audit_row_without_event forged');
    const withEvent = copy();
    withEvent.events.push({ ...event, id: 'forged', leaf_index: 999 });
    expect(named(await nightly(withEvent))[1]).toBe('event_without_leaf forged');
    const withPair = copy();
    withPair.audit.push({ ...row, id: 'forged' });
    withPair.events.push({ ...event, id: 'forged', leaf_index: 999 });
    expect(named(await nightly(withPair))).toEqual(['event_without_leaf forged']);
    const withLeaf = copy();
    withLeaf.leaves.push({ ...leaf, seq: 39 });
    expect((await nightly(withLeaf)).findings.some((f) => f.what === 'leaf_unsigned' && f.index === 39)).toBe(true);
  });
});

test('two fields of two rows swapped, any two rows and any field in which they differ, are found in both', async () => {
  const rows = tables.audit.map((row, n) => ({ row, n })).filter(({ row }) => inWindow(row));
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: rows.length - 1 }), fc.integer({ min: 0, max: rows.length - 1 }), fc.constantFrom(...COMPARED.slice(1)), async (i, j, field) => {
      const [one, other] = [rows[i], rows[j]];
      if (!one || !other || JSON.stringify(one.row[field]) === JSON.stringify(other.row[field])) return;
      const changed = copy();
      (changed.audit[one.n] as Editable<Record<string, unknown>>)[field] = other.row[field];
      (changed.audit[other.n] as Editable<Record<string, unknown>>)[field] = one.row[field];
      expect(named(await nightly(changed)).toSorted()).toEqual([`audit_differs ${one.row.id} ${field}`, `audit_differs ${other.row.id} ${field}`].toSorted());
    }),
    { numRuns: 150 },
  );
});

test('two fields of one row swapped are both named', async () => {
  const n = tables.audit.findIndex((row) => inWindow(row) && row.command !== null);
  const changed = copy();
  const row = changed.audit[n] as Editable<StoredAudit>;
  [row.operator, row.reason] = [row.reason, row.operator];
  expect(named(await nightly(changed))).toEqual([`audit_differs ${row.id} operator,reason`]);
});

test('what is late is audited by the night that first sees it: an entry of yesterday, written today', async () => {
  const late = await honestRecord();
  late.clock.setWall(WINDOW.to + 3_600_000);
  const written = await late.ledger.append({ at: MIDNIGHT + 5, type: 'remote_support_session_ended', phase: 'fact', tenant: mustId('tenant', 'T_LATE'), operator: 'ana@argus.example', by: 'server', reason: 'the database was away', outcome: 'ok', code: 'expired' });
  expect(written.ok).toBe(true);
  const auditor = createAuditor({ clock: late.clock, instance: INSTANCE, record: late.stores.record, leaves: late.stores.leaves, checkpoints });
  const night = await auditor.audit({ from: WINDOW.to, to: WINDOW.to + DAY_MS }, new Map());
  expect(night.reached).toContainEqual(expect.objectContaining({ tree: 'T_LATE', size: 1 }));
});

test('a thousand findings are counted, and a hundred are kept', async () => {
  const changed = copy();
  changed.audit = [];
  const found = await auditorOn({ ...changed, audit: Array.from({ length: 300 }, (_, i) => ({ ...(tables.audit.find(inWindow) as StoredAudit), id: `forged ${String(i).padStart(3, '0')}` })) }).audit(WINDOW, before);
  expect(found.findings).toHaveLength(100);
  expect(found.mismatches).toBeGreaterThan(200);
});
