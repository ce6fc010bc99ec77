import { fromBase64, toHex, utf8 } from '@argus/kit/bytes.ts';
import { manualClock, settle } from '@argus/kit/clock.ts';
import type { Result } from '@argus/kit/result.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { leafHash } from '@argus/ledger/hash.ts';
import { verifyConsistency, verifyInclusion } from '@argus/ledger/proofs.ts';
import type { Denial } from '@argus/protocol/errors.ts';
import { mustId, newRequestId } from '@argus/protocol/ids.ts';
import { parseLeaf } from '@argus/protocol/leaf.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AGENT, factOf, INSTANCE, LOG_KEY, newId, seededRandom, START, TENANT } from '../../test/sample.ts';
import { memoryStores, type MemoryStores } from '../adapters/memory/stores.ts';
import type { Attempt } from '../audit/attempt.ts';
import type { LogBatch, LogStore } from '../ports.ts';
import { createCheckpoints } from './checkpoints.ts';
import { createLedger, type Ledger } from './ledger.ts';
import type { Receipt } from './lane.ts';

const random = seededRandom('lane');
const checkpoints = createCheckpoints(INSTANCE, LOG_KEY);

/** A ledger on a store of memory, with something between the two. */
function ledgerOn(stores: MemoryStores = memoryStores(), between: (real: LogStore) => Partial<LogStore> = () => ({})) {
  const batches: LogBatch[] = [];
  const counted: LogStore = { ...stores.leaves, ...between(stores.leaves) };
  const store: LogStore = { ...counted, commit: (batch) => { batches.push(batch); return counted.commit(batch); } };
  const ledger = createLedger({ store, checkpoints, instance: INSTANCE, clock: manualClock(START), newId });
  return { stores, ledger, batches, sizes: () => batches.map((b) => b.rows.length) };
}
/** Holds every commit back until it is let go. */
function held(real: LogStore) {
  const waiting: (() => void)[] = [];
  return { store: { commit: async (batch: LogBatch) => { await new Promise<void>((go) => waiting.push(go)); return real.commit(batch); } }, letGo: async () => { waiting.shift()?.(); await settle(); } };
}
const must = <T>(written: Result<T, Denial>): T => {
  if (!written.ok) throw new Error(`${written.error.code}: ${written.error.internal ?? ''}`);
  return written.value;
};
const fail = (): never => { throw new Error('nothing was written'); };
const codeOf = (written: Result<unknown, Denial>) => (written.ok ? 'ok' : written.error.code);
const intent = (over: Partial<Attempt> = {}): Attempt => {
  const { outcome: _outcome, code: _code, ...rest } = factOf({ agent: AGENT, requestId: newRequestId(random), type: 'remote_support_command', command: 'ping' });
  return { ...rest, phase: 'intent', ...over };
};
const tooLong = factOf({ args: Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`a${i}`, 'x'.repeat(1_000)])) });
const unreadable = factOf({ args: { scope: 'x'.repeat(4_097) } });

/** As a verifier does, from the receipt and the proof alone. */
async function holds(ledger: Ledger, receipt: Receipt): Promise<boolean> {
  const checkpoint = checkpoints.open(receipt.tree, receipt.checkpoint);
  if (!checkpoint || checkpoint.size !== receipt.size) return false;
  const proof = (await ledger.inclusion(receipt.tree, receipt.seq, receipt.size)).map((text) => fromBase64(text) ?? new Uint8Array());
  const hash = leafHash(sha256, utf8(receipt.leaf));
  return toHex(hash) === toHex(receipt.leafHash) && verifyInclusion(sha256, { index: receipt.seq, size: receipt.size, leafHash: hash, proof, root: checkpoint.root });
}

test('an entry is acknowledged with its place, its text and a checkpoint that proves it', async () => {
  const { ledger, stores } = ledgerOn();
  const receipt = must(await ledger.append(factOf()));
  expect(receipt).toMatchObject({ tree: TENANT, seq: 0, size: 1 });
  expect(parseLeaf(receipt.leaf)).toMatchObject({ ok: true, value: { seq: 0, instance: INSTANCE, tenant: TENANT, reason: 'investigate alert' } });
  expect(await holds(ledger, receipt)).toBe(true);
  expect(await stores.leaves.checkpoint(TENANT, 1)).toBe(receipt.checkpoint);
});

test('what nobody\'s tenant is goes to the operator tree, with a checkpoint of that tree', async () => {
  const { ledger } = ledgerOn();
  const receipt = must(await ledger.append(factOf({ tenant: null })));
  expect(receipt.tree).toBe('operator');
  expect(checkpoints.open('operator', receipt.checkpoint)?.size).toBe(1);
  expect(checkpoints.open(TENANT, receipt.checkpoint)).toBeNull();
});

describe('batching', () => {
  test('what queues up while one commit runs goes into the next', async () => {
    const stores = memoryStores();
    const hold = held(stores.leaves);
    const { ledger, sizes } = ledgerOn(stores, () => hold.store);
    const appending = Array.from({ length: 6 }, (_, i) => ledger.append(factOf({ reason: `entry ${i}` })));
    await settle();
    expect(sizes()).toEqual([1]);
    await hold.letGo();
    expect(sizes()).toEqual([1, 5]);
    await hold.letGo();
    const receipts = (await Promise.all(appending)).map(must);
    expect(receipts.map((r) => [r.seq, r.size])).toEqual([[0, 1], [1, 6], [2, 6], [3, 6], [4, 6], [5, 6]]);
  });

  test('nothing is acknowledged before the commit it is in has come back', async () => {
    const stores = memoryStores();
    const hold = held(stores.leaves);
    const { ledger } = ledgerOn(stores, () => hold.store);
    let isAnswered = false;
    void ledger.append(factOf()).then(() => (isAnswered = true));
    await settle();
    expect(isAnswered).toBe(false);
    await hold.letGo();
    expect(isAnswered).toBe(true);
  });

  test('trees do not wait for each other', async () => {
    const stores = memoryStores();
    const hold = held(stores.leaves);
    const { ledger } = ledgerOn(stores, (real) => ({ commit: (batch) => (batch.tree === 'operator' ? hold.store.commit(batch) : real.commit(batch)) }));
    void ledger.append(factOf({ tenant: null }));
    expect(codeOf(await ledger.append(factOf()))).toBe('ok');
  });

  test('a queue of thousands is cut into batches that a statement can carry', async () => {
    const { ledger, sizes } = ledgerOn();
    const receipts = await Promise.all(Array.from({ length: 2_500 }, () => ledger.append(factOf())));
    expect(receipts.every((r) => r.ok)).toBe(true);
    expect(Math.max(...sizes())).toBeLessThanOrEqual(1_024);
    expect(sizes().length).toBeLessThan(6);
  });
});

describe('what waits while a commit runs', () => {
  /** Tells how often somebody looked at what is to be written. */
  function watched(reason: string): { readonly attempt: Attempt; readonly looks: () => number } {
    let looks = 0;
    return { attempt: { ...factOf(), get reason() { looks++; return reason; } }, looks: () => looks };
  }

  test('is prepared by the time the commit is there, and not prepared again', async () => {
    const stores = memoryStores();
    const hold = held(stores.leaves);
    const { ledger } = ledgerOn(stores, () => hold.store);
    const all = Array.from({ length: 200 }, (_, i) => watched(`entry ${i}`));
    const appending = all.map(({ attempt }) => ledger.append(attempt));
    await settle();
    const looks = all.map((one) => one.looks());
    expect(looks.slice(1).every((n) => n > 0)).toBe(true);
    await hold.letGo();
    await hold.letGo();
    for (const written of await Promise.all(appending)) expect(await holds(ledger, must(written))).toBe(true);
    expect(all.map((one) => one.looks())).toEqual(looks);
  });

  test('and came when the rest was prepared is in the same batch, behind it', async () => {
    const stores = memoryStores();
    const hold = held(stores.leaves);
    const { ledger, sizes } = ledgerOn(stores, () => hold.store);
    const appending = [ledger.append(factOf()), ledger.append(factOf({ reason: 'prepared' }))];
    await settle();
    appending.push(ledger.append(factOf({ reason: 'came later' })));
    await hold.letGo();
    await hold.letGo();
    const receipts = (await Promise.all(appending)).map(must);
    expect([sizes(), receipts.map((r) => r.seq)]).toEqual([[1, 2], [0, 1, 2]]);
    for (const receipt of receipts) expect(await holds(ledger, receipt)).toBe(true);
  });

  /** Guarantee: what was prepared for a place that was not left free is never written there. */
  test('is prepared anew when the place it was prepared for went to another process', async () => {
    const stores = memoryStores();
    const hold = held(stores.leaves);
    const { ledger } = ledgerOn(stores, () => hold.store);
    const appending = [ledger.append(factOf({ reason: 'under way' })), ledger.append(factOf({ reason: 'prepared behind it' }))];
    await settle();
    const other = must(await ledgerOn(stores).ledger.append(factOf({ reason: 'of another process' })));
    for (let i = 0; i < 4; i++) await hold.letGo();
    const receipts = [other, ...(await Promise.all(appending)).map(must)];
    expect(receipts.map((r) => r.seq)).toEqual([0, 1, 2]);
    expect(stores.rows(TENANT).map((row) => row.bytes)).toEqual(receipts.map((r) => r.leaf));
    for (const receipt of receipts) expect(await holds(ledger, receipt)).toBe(true);
  });

  test('is prepared anew when what was before it is refused, and takes its place', async () => {
    const stores = memoryStores();
    const hold = held(stores.leaves);
    const { ledger } = ledgerOn(stores, () => hold.store);
    const appending = [ledger.append(factOf(), [{ do: 'disarm', tenant: TENANT }]), ledger.append(factOf({ reason: 'prepared behind it' }))];
    await settle();
    await hold.letGo();
    await hold.letGo();
    const [refused, written] = await Promise.all(appending);
    expect(refused).toMatchObject({ ok: false, error: { code: 'tenant_not_found' } });
    const receipt = must(written ?? fail());
    expect([receipt.seq, await holds(ledger, receipt)]).toEqual([0, true]);
  });

  /** Guarantee: nobody is answered with the entry of somebody else. */
  test('is not taken for the second half of a batch that is tried in halves', async () => {
    const stores = memoryStores();
    const hold = held(stores.leaves);
    const { ledger } = ledgerOn(stores, () => hold.store);
    const appending = [ledger.append(factOf({ reason: 'first' }))];
    await settle();
    appending.push(ledger.append(factOf({ reason: 'good half' })), ledger.append(factOf({ reason: 'bad half' }), [{ do: 'disarm', tenant: TENANT }]));
    await hold.letGo();
    appending.push(ledger.append(factOf({ reason: 'behind both' })));
    for (let i = 0; i < 5; i++) await hold.letGo();
    const written = await Promise.all(appending);
    expect(written.map(codeOf)).toEqual(['ok', 'ok', 'tenant_not_found', 'ok']);
    expect(stores.rows(TENANT).map((row) => row.audit.reason)).toEqual(['first', 'good half', 'behind both']);
    for (const one of written) if (one.ok) expect(await holds(ledger, one.value)).toBe(true);
  });

  test('and cannot be prepared because of a bug is answered, and takes nobody along but its own batch', async () => {
    const stores = memoryStores();
    const hold = held(stores.leaves);
    const { ledger } = ledgerOn(stores, () => hold.store);
    const broken = factOf({ accessIdentity: 'jo@example.org', gatesPassed: null as never }); // on purpose
    const appending = [ledger.append(factOf()), ledger.append(broken)];
    await settle();
    await hold.letGo();
    expect((await Promise.all(appending)).map(codeOf)).toEqual(['ok', 'audit_unavailable']);
    const next = ledger.append(factOf());
    await settle();
    await hold.letGo();
    expect(must(await next).seq).toBe(1);
  });

  test('is answered with audit_unavailable when the commit fails, prepared or not', async () => {
    const stores = memoryStores();
    let fails = () => {};
    const { ledger } = ledgerOn(stores, () => ({ commit: () => new Promise((_, reject) => (fails = () => reject(new Error('gone')))) }));
    const appending = Array.from({ length: 100 }, () => ledger.append(factOf()));
    await settle();
    fails();
    expect(new Set((await Promise.all(appending)).map(codeOf))).toEqual(new Set(['audit_unavailable']));
    expect(stores.rows(TENANT)).toEqual([]);
  });
});

describe('a bad row', () => {
  const bad: readonly (readonly [string, () => readonly [Attempt, ...Parameters<Ledger['append']>[1][]], string])[] = [
    ['whose request id was used', () => [intent({ requestId: mustId('request', 'req_used_before') })], 'request_id_reused'],
    ['whose deed is refused', () => [factOf(), [{ do: 'disarm', tenant: TENANT }]], 'tenant_not_found'],
    ['that is too long for a leaf', () => [tooLong], 'internal'],
    ['that no reader would take', () => [unreadable], 'internal'],
  ];
  test.each(bad)('%s is refused, and its neighbours are acknowledged', async (_what, make, code) => {
    const stores = memoryStores();
    const { ledger } = ledgerOn(stores);
    must(await ledger.append(intent({ requestId: mustId('request', 'req_used_before') })));
    const [attempt, deeds] = make();
    const appending = [ledger.append(factOf()), ledger.append(factOf({ reason: 'before' })), ledger.append(attempt, deeds), ledger.append(factOf({ reason: 'after' }))];
    const written = await Promise.all(appending);
    expect(written.map(codeOf)).toEqual(['ok', 'ok', code, 'ok']);
    expect(stores.rows(TENANT)).toHaveLength(4);
    for (const one of written) if (one.ok) expect(await holds(ledger, one.value)).toBe(true);
  });

  test('in a batch of a thousand costs its neighbours a handful of commits, not a thousand', async () => {
    const { ledger, stores, sizes } = ledgerOn();
    const written = await Promise.all(Array.from({ length: 1_000 }, (_, i) => (i === 700 ? ledger.append(tooLong) : ledger.append(factOf({ reason: `entry ${i}` })))));
    expect(written.flatMap((one, i) => (one.ok ? [] : [i]))).toEqual([700]);
    expect(sizes().length).toBeLessThan(25);
    expect(stores.rows(TENANT).map((row) => row.audit.reason)).toEqual(written.flatMap((one, i) => (one.ok ? [`entry ${i}`] : [])));
  });

  test('of many in one batch, each is refused for itself and no place is left empty', async () => {
    const { ledger, stores } = ledgerOn();
    const requestId = newRequestId(random);
    const written = await Promise.all([ledger.append(factOf()), ...Array.from({ length: 9 }, (_, i) => ledger.append(i % 3 === 0 ? factOf() : intent({ requestId })))]);
    expect(written.map(codeOf).filter((code) => code === 'ok')).toHaveLength(5);
    expect(stores.rows(TENANT).map((row) => row.seq)).toEqual([0, 1, 2, 3, 4]);
  });
});

describe('another process', () => {
  test('that took the place first makes us look again, and both are in one log', async () => {
    const stores = memoryStores();
    const [one, two] = [ledgerOn(stores), ledgerOn(stores)];
    const receipts: Receipt[] = [];
    for (let i = 0; i < 8; i++) receipts.push(must(await (i % 2 === 0 ? one : two).ledger.append(factOf({ reason: `entry ${i}` }))));
    expect(receipts.map((r) => r.seq)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    for (const receipt of receipts) for (const { ledger } of [one, two]) expect(await holds(ledger, receipt)).toBe(true);
    expect(one.batches.length).toBeGreaterThan(4);
  });

  test('that appended is seen by whoever asks for the head', async () => {
    const stores = memoryStores();
    const [one, two] = [ledgerOn(stores).ledger, ledgerOn(stores).ledger];
    must(await one.append(factOf()));
    const newest = must(await two.append(factOf()));
    expect(await one.head(TENANT)).toEqual({ size: 2, note: newest.checkpoint });
    expect(await one.head('operator')).toEqual({ size: 0, note: '' });
  });

  test('that appends while we look at the head is no reason to call the log damaged', async () => {
    const stores = memoryStores();
    const { ledger } = ledgerOn(stores, (real) => ({ head: async (tree) => { const seen = await real.head(tree); await settle(); return seen; } }));
    must(await ledger.append(factOf()));
    const [head, written] = await Promise.all([ledger.head(TENANT), ledger.append(factOf())]);
    expect([head.size, must(written).seq]).toEqual([1, 1]);
  });

  test('that always takes it first ends in audit_unavailable, not in an endless loop', async () => {
    const { ledger, batches } = ledgerOn(memoryStores(), () => ({ commit: async () => ({ done: false, why: 'moved_on' }) }));
    expect(codeOf(await ledger.append(factOf()))).toBe('audit_unavailable');
    expect(batches).toHaveLength(100);
  });
});

describe('a store that fails', () => {
  test.each(['commit', 'head'] as const)('in %s answers audit_unavailable to everybody in the batch, and the next append works', async (method) => {
    const stores = memoryStores();
    must(await ledgerOn(stores).ledger.append(factOf()));
    let isDown = true;
    const { ledger } = ledgerOn(stores, (real) => ({
      [method]: async (...args: never[]) => {
        if (isDown) throw new Error('the database is down');
        return (real[method] as (...a: never[]) => unknown)(...args);
      },
    }));
    const failed = await Promise.all([ledger.append(factOf()), ledger.append(factOf())]);
    expect(failed.map(codeOf)).toEqual(['audit_unavailable', 'audit_unavailable']);
    isDown = false;
    expect(must(await ledger.append(factOf())).seq).toBe(1);
  });

  /** Guarantee: a commit whose answer was lost is neither doubled nor overwritten by the next. */
  test('after it committed: the entry stays, and the next stands behind it', async () => {
    const stores = memoryStores();
    let isCut = true;
    const { ledger } = ledgerOn(stores, (real) => ({
      commit: async (batch) => {
        const outcome = await real.commit(batch);
        if (isCut) throw new Error('the connection broke');
        return outcome;
      },
    }));
    expect(codeOf(await ledger.append(factOf({ reason: 'committed, unheard' })))).toBe('audit_unavailable');
    isCut = false;
    expect(must(await ledger.append(factOf())).seq).toBe(1);
    expect(stores.rows(TENANT).map((row) => row.audit.reason)).toEqual(['committed, unheard', 'investigate alert']);
  });
});

describe('a damaged head', () => {
  async function three() {
    const stores = memoryStores();
    const { ledger } = ledgerOn(stores);
    for (let i = 0; i < 3; i++) must(await ledger.append(factOf()));
    return stores;
  }
  const note = (size: number, root: Uint8Array) => checkpoints.sign(TENANT, { size, root });
  const damage: readonly (readonly [string, (real: LogStore) => Partial<LogStore>])[] = [
    ['a checkpoint with another root', () => ({ head: async () => ({ size: 3, note: note(3, random(32)) }) })],
    ['a checkpoint nobody signed', (real) => ({ head: async (tree) => ({ size: 3, note: ((await real.head(tree))?.note ?? '').replace(/— .*/, '') }) })],
    ['a checkpoint of another tree', () => ({ head: async () => ({ size: 3, note: checkpoints.sign('operator', { size: 3, root: random(32) }) }) })],
    ['a size its checkpoint does not name', (real) => ({ head: async (tree) => ({ size: 2, note: (await real.head(tree))?.note ?? '' }) })],
    ['a changed node', (real) => ({ nodes: async (tree, places) => (await real.nodes(tree, places)).map((hash) => Uint8Array.from(hash, (b) => b ^ 1)) })],
    ['a missing node', () => ({ nodes: async (_tree, places) => places.map(() => new Uint8Array()) })],
    ['no nodes at all', () => ({ nodes: async () => [] })],
  ];
  /** Guarantee: nothing is ever built on a tree whose own checkpoint does not vouch for it. */
  test.each(damage)('with %s takes no more entries, and nothing is written', async (_what, between) => {
    const stores = await three();
    const { ledger, batches } = ledgerOn(stores, between);
    expect(codeOf(await ledger.append(factOf()))).toBe('audit_unavailable');
    expect(batches).toEqual([]);
    await expect(ledger.head(TENANT)).rejects.toThrow();
  });

  /** Guarantee: an acknowledged entry is never silently replaced, also when the database was set back under us. */
  test('that is behind what we acknowledged takes no more entries', async () => {
    const stores = memoryStores();
    let current = stores.leaves;
    const { ledger } = ledgerOn(stores, () => ({
      commit: (batch) => current.commit(batch), head: (tree) => current.head(tree), nodes: (tree, places) => current.nodes(tree, places),
    }));
    for (let i = 0; i < 3; i++) must(await ledger.append(factOf({ reason: `entry ${i}` })));
    const older = memoryStores();
    must(await ledgerOn(older).ledger.append(factOf({ reason: 'entry 0' })));
    current = older.leaves;
    expect(codeOf(await ledger.append(factOf()))).toBe('audit_unavailable');
    expect(older.rows(TENANT)).toHaveLength(1);
  });
});

describe('proofs', () => {
  test('300 entries at once stand densely, and every receipt verifies against its own checkpoint', async () => {
    const { ledger, stores } = ledgerOn();
    const receipts = (await Promise.all(Array.from({ length: 300 }, (_, i) => ledger.append(factOf({ reason: `entry ${i}` }))))).map(must);
    expect(receipts.map((r) => r.seq)).toEqual(Array.from({ length: 300 }, (_, i) => i));
    expect(stores.rows(TENANT).map((row) => row.seq)).toEqual(receipts.map((r) => r.seq));
    for (const receipt of receipts) expect(await holds(ledger, receipt)).toBe(true);
  });

  test('of the newest entries never ask the store, however long the log has become', async () => {
    const stores = memoryStores();
    const asked: number[] = [];
    const { ledger } = ledgerOn(stores, (real) => ({ nodes: async (tree, places) => { asked.push(places.length); return real.nodes(tree, places); } }));
    let witnessed = 0;
    for (let i = 0; i < 7; i++) {
      const written = await Promise.all(Array.from({ length: 512 }, () => ledger.append(factOf())));
      const newest = must(written.at(-1) ?? fail());
      expect(must(await ledger.prove(newest, witnessed)).size).toBe((i + 1) * 512);
      witnessed = newest.size;
    }
    expect(asked).toEqual([]);
  });

  test('a ledger that starts later proves the same, from the store alone', async () => {
    const stores = memoryStores();
    const { ledger } = ledgerOn(stores);
    const receipts: Receipt[] = [];
    for (let i = 0; i < 21; i++) receipts.push(must(await ledger.append(factOf())));
    const later = ledgerOn(stores).ledger;
    for (const receipt of receipts) expect(await holds(later, receipt)).toBe(true);
    expect(must(await later.append(factOf())).seq).toBe(21);
  });

  test('a receipt verifies in no other place, under no other text, in no other size', async () => {
    const { ledger } = ledgerOn();
    const receipts: Receipt[] = [];
    for (let i = 0; i < 5; i++) receipts.push(must(await ledger.append(factOf({ reason: `entry ${i}` }))));
    const [, second, third] = receipts;
    if (!second || !third) throw new Error('five were written');
    expect(await holds(ledger, third)).toBe(true);
    expect(await holds(ledger, { ...third, seq: 1 })).toBe(false);
    expect(await holds(ledger, { ...third, leaf: second.leaf, leafHash: second.leafHash })).toBe(false);
    expect(await holds(ledger, { ...third, checkpoint: second.checkpoint })).toBe(false);
  });

  test('any witness can follow from any size it has seen to what it is shown', async () => {
    const { ledger } = ledgerOn();
    const receipts: Receipt[] = [];
    for (let i = 0; i < 24; i++) receipts.push(must(await ledger.append(factOf({ reason: `entry ${i}` }))));
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 24 }), fc.integer({ min: 0, max: 23 }), async (from, which) => {
        const receipt = receipts[which];
        if (!receipt) return;
        const proved = await ledger.prove(receipt, from);
        if (!proved.ok) throw new Error(proved.error.internal);
        const { size, place } = proved.value;
        // A witness never goes back: one that is ahead of the receipt is shown the newest checkpoint.
        expect(size).toBe(from <= receipt.size ? receipt.size : 24);
        const [before, shown] = [checkpoints.open(TENANT, receipts[from - 1]?.checkpoint ?? ''), checkpoints.open(TENANT, place.checkpoint)];
        const bytes = (texts: readonly string[]) => texts.map((text) => fromBase64(text) ?? new Uint8Array());
        const none = new Uint8Array();
        expect(place.consistency.from).toBe(from);
        expect(shown?.size).toBe(size);
        expect(verifyConsistency(sha256, { from, fromRoot: before?.root ?? none, to: size, toRoot: shown?.root ?? none, proof: bytes(place.consistency.proof) })).toBe(true);
        expect(verifyInclusion(sha256, { index: receipt.seq, size, leafHash: receipt.leafHash, proof: bytes(place.inclusion), root: shown?.root ?? none })).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  test('a witness ahead of a receipt may have been there through another process', async () => {
    const stores = memoryStores();
    const [ours, other] = [ledgerOn(stores).ledger, ledgerOn(stores).ledger];
    const receipt = must(await ours.append(factOf()));
    for (let i = 0; i < 4; i++) must(await other.append(factOf()));
    expect(await ours.prove(receipt, 4)).toMatchObject({ ok: true, value: { size: 5, place: { consistency: { from: 4 } } } });
  });

  test('a witness that has seen more than there is: not_in_log', async () => {
    const { ledger } = ledgerOn();
    const receipt = must(await ledger.append(factOf()));
    expect(await ledger.prove(receipt, 2)).toMatchObject({ ok: false, error: { code: 'not_in_log' } });
  });
});
