/** Guarantee: an end of the log that the owner of the database takes away is missed, also when no machine has seen it. */
import { manualClock } from '@argus/kit/clock.ts';
import { signingKeyOf } from '@argus/keys/ed25519.ts';
import { mustId } from '@argus/protocol/ids.ts';
import { beforeEach, expect, test } from 'vitest';
import { factOf, INSTANCE, LOG_KEY, newId, OTHER_TENANT, START, TENANT } from '../../test/sample.ts';
import { memoryStores, type MemoryStores } from '../adapters/memory/stores.ts';
import { acceptRestored, problemsWith, refusalOf } from '../ledger/accept-restored.ts';
import { createCheckpoints } from '../ledger/checkpoints.ts';
import { keeping, type Signed } from '../ledger/kept.ts';
import { createLedger } from '../ledger/ledger.ts';
import { createAuditor } from './auditor.ts';
import { compareKept } from './kept.ts';

const checkpoints = createCheckpoints(INSTANCE, LOG_KEY);
const clock = manualClock(START);
let signed: Map<string, Signed>;
const kept = {
  add: (one: Signed) => void signed.set(one.tree, one),
  newest: () => [...signed.values()].map(({ note }) => JSON.stringify({ checkpoint: note })),
  beginAgain: async (again: readonly Signed[]) => { signed = new Map(again.map((one) => [one.tree, one])); return 'aside'; },
};
const ledgerOn = (stores: MemoryStores) => createLedger({ store: keeping(stores.leaves, kept), checkpoints, instance: INSTANCE, clock, newId });
async function logOf(entries: readonly string[]): Promise<MemoryStores> {
  signed = new Map();
  const stores = memoryStores();
  const ledger = ledgerOn(stores);
  for (const reason of entries) for (const tenant of [TENANT, OTHER_TENANT, null]) expect((await ledger.append(factOf({ tenant, reason }))).ok).toBe(true);
  return stores;
}
const problems = (stores: MemoryStores) => problemsWith(kept, compareKept({ ...stores, instance: INSTANCE, checkpoints }));
const whats = async (stores: MemoryStores) => (await problems(stores)).map(({ finding, found }) => [finding.what, finding.tree, finding.index, found]);

let honest: MemoryStores;
beforeEach(async () => {
  signed = new Map();
  honest = await logOf(['one', 'two', 'three']);
});

test('the log that was signed agrees, also when it has grown where nobody kept anything', async () => {
  expect(await problems(honest)).toEqual([]);
  const elsewhere = createLedger({ store: honest.leaves, checkpoints, instance: INSTANCE, clock, newId });
  await elsewhere.append(factOf({ reason: 'by another node' }));
  expect(await problems(honest)).toEqual([]);
});

test('one that is shorter, one that is another, one that is gone and one of somebody else are each named', async () => {
  const before = signed;
  const shorter = await logOf(['one', 'two']);
  signed = new Map(before);
  expect(await whats(shorter)).toEqual([['tree_shorter', TENANT, 3, 2], ['tree_shorter', OTHER_TENANT, 3, 2], ['tree_shorter', 'operator', 3, 2]]);
  const other = await logOf(['one', 'changed', 'three', 'and more']);
  signed = new Map(before);
  expect((await whats(other)).map(([what]) => what)).toEqual(['checkpoint_contradicted', 'checkpoint_contradicted', 'checkpoint_contradicted']);
  expect(await whats(memoryStores())).toContainEqual(['tree_shorter', TENANT, 3, 0]);
  const elsewhere = createCheckpoints(mustId('instance', `ins_${'z'.repeat(20)}`), LOG_KEY).sign(TENANT, { size: 1, root: new Uint8Array(32) });
  signed.set('x', { tree: TENANT, size: 1, note: elsewhere });
  signed.set('y', { tree: TENANT, size: 1, note: createCheckpoints(INSTANCE, signingKeyOf(new Uint8Array(32).fill(3))).sign(TENANT, { size: 1, root: new Uint8Array(32) }) });
  expect((await whats(honest)).map(([what]) => what)).toEqual(['checkpoint_forged', 'checkpoint_forged']);
});

test('the nightly audit finds it as well', async () => {
  const before = signed;
  const shorter = await logOf(['one', 'two']);
  signed = new Map(before);
  const auditor = createAuditor({ clock, instance: INSTANCE, record: shorter.record, leaves: shorter.leaves, checkpoints, keptFindings: async () => (await problems(shorter)).map(({ finding }) => finding) });
  const found = await auditor.audit({ from: START - 3_600_000, to: START + 3_600_000 }, new Map());
  expect(found.findings.map(({ what }) => what)).toEqual(['tree_shorter', 'tree_shorter', 'tree_shorter']);
});

test('a person is told what is missing, and who may accept it', async () => {
  const before = signed;
  const shorter = await logOf(['one', 'two']);
  signed = new Map(before);
  const told = refusalOf(await problems(shorter), '/data/checkpoints');
  expect(told).toContain(`${TENANT} had 3 entries and has 2`);
  expect(told).toContain('accept-log --by EMAIL --reason TEXT --yes');
  expect(told).toContain('argus-agent log accept');
});

test('accepted, it is on record in every log it concerns before anything is put aside, and agrees from then on', async () => {
  const before = signed;
  const shorter = await logOf(['one', 'two']);
  signed = new Map(before);
  const said = { by: 'ana@argus.example', reason: 'backup of monday' };
  await expect(acceptRestored({ clock, ledger: { append: async () => ({ ok: false, error: { code: 'audit_unavailable' } }) }, leaves: shorter.leaves, kept }, await problems(shorter), said)).rejects.toThrow('nothing was accepted');
  expect((await problems(shorter)).length).toBe(3);
  const done = await acceptRestored({ clock, ledger: ledgerOn(shorter), leaves: shorter.leaves, kept }, await problems(shorter), said);
  expect(done).toEqual({ trees: [TENANT, OTHER_TENANT, 'operator'], aside: 'aside' });
  expect(await problems(shorter)).toEqual([]);
  const last = (tree: typeof TENANT | 'operator') => JSON.parse(shorter.rows(tree).at(-1)?.bytes ?? '{}') as object;
  expect(last(TENANT)).toMatchObject({ type: 'log_restored', operator: said.by, reason: said.reason, args_commit: { signed_size: 3, found_size: 2 } });
  expect(last('operator')).toMatchObject({ type: 'log_restored', args_commit: { logs: 3, unreadable: 0 } });
});
