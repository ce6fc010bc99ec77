import { toBase64 } from '@argus/kit/bytes.ts';
import { isoTime } from '@argus/kit/clock.ts';
import { CHUNK_MAX, parseDown, type InTheLog } from '@argus/protocol/frames.ts';
import { mustId } from '@argus/protocol/ids.ts';
import { leafText, type Leaf } from '@argus/protocol/leaf.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AGENT, createLog, entry, keyOf, SESSION, signCheckpoint, START, TENANT, TRUST } from '../testing/signed-log.ts';
import type { Followed } from './ports.ts';
import { findPlace, firstFollowed, nothingFollowed } from './witness.ts';

/** Seven entries, the agent has followed four of them and acted on the third; the act in question is the sixth. */
function ready() {
  const log = createLog();
  for (let i = 0; i < 7; i++) log.add({ request_id: mustId('request', `request_${i}`), command: 'ping', args_commit: {} });
  const before = log.followed(4, 2);
  return { log, before, at: log.place(5, { from: 4 }) };
}
const whyNot = (before: Followed, at: InTheLog, trust = TRUST) => {
  const found = findPlace(trust, before, at);
  return found.ok ? 'FOUND' : found.error.why;
};
const forkOf = (before: Followed, at: InTheLog) => {
  const found = findPlace(TRUST, before, at);
  return found.ok ? 'FOUND' : (found.error.fork ?? null);
};

test('an entry that is in the tree of a checkpoint that continues the log is found, and the witness moves to that checkpoint', () => {
  const { log, before, at } = ready();
  const found = findPlace(TRUST, before, at);
  expect(found).toEqual({
    ok: true,
    value: {
      leaf: JSON.parse(at.leaf),
      leafHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      followed: { size: 7, root: toBase64(log.root(7)), checkpoint: at.checkpoint, highestActed: 2, fork: null },
    },
  });
});

test('every entry is found from every point of the log before it', () => {
  const { log } = ready();
  for (let size = 1; size <= 7; size++)
    for (let from = 0; from <= size; from++)
      for (let index = 0; index < size; index++)
        expect(whyNot(log.followed(from), log.place(index, { from, size }))).toBe('FOUND');
});

test('a checkpoint by any of the trusted log keys counts, and by no other', () => {
  const { log, before } = ready();
  const at = (n: number) => log.place(5, { from: 4, signer: { key: keyOf(n) } });
  const trust = { ...TRUST, log_keys: [keyOf(20).publicKeyText, keyOf(21).publicKeyText] };
  expect([20, 21, 22].map((n) => whyNot(before, at(n), trust))).toEqual(['FOUND', 'FOUND', NOT_OURS]);
});

const NOT_OURS = 'the checkpoint is not one of this tenant signed by a trusted log key';
const otherInstance = mustId('instance', `ins_${'b'.repeat(20)}`);

/** Guarantee: whoever holds the log key of another tenant, instance or tree cannot place anything in this one. */
test.each([
  ['by another key', { key: keyOf(8) }],
  ['of another tenant', { tree: mustId('tenant', 'UTD_7ELEVEN_002') }],
  ['of another instance', { instance: otherInstance }],
  ['of the operator tree', { tree: 'operator' }],
] as const)('a checkpoint %s is refused, and is no fork', (_, signer) => {
  const { log, before } = ready();
  const at = log.place(5, { from: 4, signer });
  expect(whyNot(before, at)).toBe(NOT_OURS);
  expect(forkOf(before, at)).toBeNull();
});

test('a checkpoint that names this tenant and is signed under the name of another is refused', () => {
  const { log, before, at } = ready();
  const [text = ''] = at.checkpoint.split('\n\n');
  const [, signature = ''] = signCheckpoint(7, log.root(7), { tree: mustId('tenant', 'UTD_7ELEVEN_002') }).split('\n\n');
  expect(whyNot(before, { ...at, checkpoint: `${text}\n\n${signature}` })).toBe(NOT_OURS);
});

/** One other value for every field an entry can have; the compiler names the one that is forgotten. */
const otherLeaf: { readonly [K in keyof Required<Leaf>]: Leaf[K] } = {
  v: 1,
  instance: otherInstance,
  tenant: mustId('tenant', 'UTD_7ELEVEN_002'),
  seq: 6,
  at: isoTime(START + 1),
  type: 'remote_support_activation',
  phase: 'outcome',
  agent: mustId('agent', 'agent_macpro_lobby_02'),
  session: mustId('session', `rss_${'t'.repeat(20)}`),
  operator: 'eve@argus.example',
  request_id: mustId('request', 'request_x'),
  command: 'agent_info',
  args_commit: { minutes: 120 },
  outcome: 'ok',
  code: 'ok',
  reason: 'another reason',
  by: 'server',
  intent_sha256: 'ab'.repeat(32),
  result_sha256: 'ab'.repeat(32),
  kept_sha256: 'ab'.repeat(32),
  agent_at: isoTime(START),
  agent_signature: toBase64(new Uint8Array(64)),
  access_identity: 'eve@argus.example',
};
const fields = Object.keys(otherLeaf).filter((name) => name !== 'v') as (keyof Leaf)[];

test.each(fields)('an entry whose %s was changed after it was logged is not in the tree', (name) => {
  const { before, at } = ready();
  const leaf = leafText({ ...(JSON.parse(at.leaf) as Leaf), [name]: otherLeaf[name] });
  expect(leaf).not.toBe(at.leaf);
  expect(whyNot(before, { ...at, leaf })).toBe('the entry is not in the tree of the checkpoint');
});

test.each(fields.filter((name) => name in (JSON.parse(ready().at.leaf) as Leaf)))('an entry that lost its %s after it was logged is not in the tree', (name) => {
  const { before, at } = ready();
  const { [name]: _, ...rest } = JSON.parse(at.leaf) as Leaf;
  expect(whyNot(before, { ...at, leaf: JSON.stringify(rest) })).toMatch(/not in the tree|does not fit/);
});

/** Guarantee: being logged is not enough, the entry has to be of this tenant and of the place it claims. */
test.each(['seq', 'instance', 'tenant'] as const)('an entry that was logged with the %s of somewhere else is refused', (name) => {
  const { log } = ready();
  const index = log.append(leafText({ ...entry(log.size()), [name]: name === 'seq' ? 3 : otherLeaf[name] }));
  expect(whyNot(log.followed(4), log.place(index, { from: 4 }))).toBe('the entry is of another place, instance or tenant');
});

test('an entry that was logged without a tenant is refused', () => {
  const { log } = ready();
  const { tenant: _, ...rest } = entry(log.size());
  const index = log.append(leafText(rest));
  expect(whyNot(log.followed(4), log.place(index, { from: 4 }))).toBe('the entry is of another place, instance or tenant');
});

test.each([
  ['with a space', (text: string) => text.replace('{', '{ ')],
  ['with its members in another order', (text: string) => JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(text) as object).toReversed()))],
  ['with a second member of the same name', (text: string) => text.replace('{', '{"agent":"agent_somebody_else",')],
  ['that is no JSON', () => 'ping, please'],
  ['with a type nobody knows', (text: string) => text.replace('remote_support_command', 'remote_support_shell')],
  ['longer than an entry may be', (text: string) => text.replace('investigate alert', 'x'.repeat(CHUNK_MAX))],
])('an entry %s is refused although it stands in the tree exactly so', (_, spelled) => {
  const { log } = ready();
  const index = log.append(spelled(leafText(entry(log.size()))));
  expect(whyNot(log.followed(4), log.place(index, { from: 4 }))).toMatch(/^leaf (is|does)/);
});

test('a proof for another entry, another size or another place does not count', () => {
  const { log, before, at } = ready();
  for (const index of [0, 1, 2, 3, 4, 6]) {
    expect(whyNot(before, { ...at, inclusion: log.place(index, { from: 4 }).inclusion })).toBe('the entry is not in the tree of the checkpoint');
    expect(whyNot(before, { ...at, index })).toMatch(/not in the tree/);
  }
  expect(whyNot(before, { ...at, inclusion: log.place(5, { from: 4, size: 6 }).inclusion })).toMatch(/not in the tree/);
  for (const index of [7, 8, Number.MAX_SAFE_INTEGER]) expect(whyNot(before, { ...at, index })).toMatch(/not in the tree/);
});

/** Every proof a hash shorter, longer, doubled, swapped or bent. */
function spoiled(proof: readonly string[]): readonly (readonly string[])[] {
  const other = toBase64(new Uint8Array(32).fill(0xee));
  return [
    ...proof.map((_, i) => proof.toSpliced(i, 1)),
    ...proof.map((hash, i) => proof.toSpliced(i, 0, hash)),
    ...proof.map((_, i) => proof.with(i, other)),
    ...proof.slice(1).map((_, i) => proof.toSpliced(i, 2, ...proof.slice(i, i + 2).toReversed())),
    ...proof.map((hash, i) => proof.with(i, hash.slice(0, -4))),
    ...proof.map((_, i) => proof.with(i, 'not base64!')),
    [...proof, other],
    [other, ...proof],
  ];
}

test('an inclusion proof with a hash dropped, added, doubled, swapped or bent is refused', () => {
  const { before, at } = ready();
  expect(at.inclusion.length).toBeGreaterThan(1);
  for (const inclusion of spoiled(at.inclusion)) expect(whyNot(before, { ...at, inclusion: [...inclusion] })).toMatch(/not in the tree/);
});

test('a consistency proof with a hash dropped, added, doubled, swapped or bent is a fork', () => {
  const { before, at, log } = ready();
  const { proof } = log.place(5, { from: 3 }).consistency; // a longer one than from a complete subtree
  expect(proof.length).toBeGreaterThan(1);
  for (const bent of spoiled(proof))
    expect(forkOf(log.followed(3), { ...at, consistency: { from: 3, proof: [...bent] } })).toBe(at.checkpoint);
  for (const bent of spoiled(at.consistency.proof))
    expect(forkOf(before, { ...at, consistency: { from: 4, proof: [...bent] } })).toBe(at.checkpoint);
});

/** Guarantee: history that was seen cannot be taken back; it can only be contradicted, and that is evidence. */
test('a checkpoint older than one already seen is refused, and is no fork: a backup was restored', () => {
  const { log } = ready();
  const at = log.place(3, { from: 4, size: 4 });
  expect(whyNot(log.followed(5, 2), { ...at, consistency: { from: 5, proof: [] } })).toBe('the checkpoint is older than one already seen');
  expect(forkOf(log.followed(5, 2), at)).toBeNull();
});

test('two roots of the same size are a fork', () => {
  const { log } = ready();
  const other = log.branch(4);
  for (let i = 4; i < 7; i++) other.add({ reason: 'another history' });
  const at = other.place(5, { from: 7 });
  expect(whyNot(log.followed(7, 2), at)).toBe('two logs of the same size');
  expect(forkOf(log.followed(7, 2), at)).toBe(at.checkpoint);
});

test('a longer log with another beginning is a fork, whichever entry of the beginning was changed', () => {
  const { log } = ready();
  for (let changed = 0; changed < 5; changed++) {
    const other = createLog(log.leaves.with(changed, leafText(entry(changed, { reason: 'rewritten' }))));
    other.add();
    const at = other.place(7, { from: 5 });
    expect(forkOf(log.followed(5, 2), at)).toBe(at.checkpoint);
  }
});

test('a consistency proof from anywhere but the point that was reached is refused, also when it is a good one', () => {
  const { log, before } = ready();
  for (const from of [0, 1, 2, 3, 5, 6, 7])
    expect(whyNot(before, { ...log.place(5), consistency: log.place(5, { from }).consistency })).toBe('the consistency proof starts somewhere else');
});

test('the same checkpoint again is no news and no fork', () => {
  const { log } = ready();
  expect(whyNot(log.followed(7, 2), log.place(5, { from: 7 }))).toBe('FOUND');
});

/** Guarantee: an entry is acted on at most once, and never after a later one. */
test('an entry at or below the highest one acted on is refused', () => {
  const { log } = ready();
  for (let highest = -1; highest < 7; highest++)
    for (let index = 0; index < 7; index++)
      expect(whyNot(log.followed(4, highest), log.place(index, { from: 4 })) === 'FOUND').toBe(index > highest);
});

test('after a fork nothing is found any more, not even what was good before', () => {
  const { before, at } = ready();
  expect(whyNot({ ...before, fork: 'a note' }, at)).toBe('the log has forked; the owner has to look');
});

test('the first checkpoint is taken on the word of the log key, and on no other', () => {
  const { log } = ready();
  expect(firstFollowed(TRUST, log.checkpoint())).toEqual(log.followed());
  expect(firstFollowed(TRUST, log.checkpoint(7, { key: keyOf(8) }))).toBeNull();
  expect(firstFollowed(TRUST, log.checkpoint(7, { instance: otherInstance }))).toBeNull();
  expect(firstFollowed(TRUST, 'nonsense')).toBeNull();
});

test('a machine that followed nothing yet takes a log from its beginning', () => {
  const { log } = ready();
  expect(whyNot(nothingFollowed(), log.place(5))).toBe('FOUND');
  expect(forkOf({ ...nothingFollowed(), root: toBase64(log.root(3)) }, log.place(5))).not.toBeNull(); // and from no other one
});

test('a signature line of somebody else beside ours changes nothing', () => {
  const { before, at } = ready();
  const cosigned = `${at.checkpoint}— somebody.example ${toBase64(new Uint8Array(68).fill(1))}\n`;
  expect(whyNot(before, { ...at, checkpoint: cosigned })).toBe('FOUND');
});

/** Guarantee: there is no bit of a frame that a proxy, or the server, can turn to place something else. */
test('any single change of a valid frame is refused, or finds the identical place', () => {
  const { before, at } = ready();
  const frame = JSON.stringify({ type: 'command', session: SESSION, tenant: TENANT, agent: AGENT, request_id: 'request_5', ...at, args: {} });
  const honest = findPlace(TRUST, before, at);
  const change = fc.tuple(fc.nat(frame.length - 1), fc.constantFrom('set', 'drop', 'add', 'swap'), fc.integer({ min: 0x20, max: 0x7e }));
  fc.assert(
    fc.property(change, ([where, how, code]) => {
      const letter = String.fromCharCode(code);
      const [head, mid, tail] = [frame.slice(0, where), frame.slice(where, where + 1), frame.slice(where + 1)];
      const changed = { set: head + letter + tail, drop: head + tail, add: head + letter + mid + tail, swap: head + tail.slice(0, 1) + mid + tail.slice(1) }[how];
      const parsed = parseDown(changed);
      if (!parsed.ok || parsed.value.type !== 'command') return;
      const found = findPlace(TRUST, before, parsed.value);
      if (found.ok) expect(found).toEqual(honest);
    }),
    { numRuns: 9_000 },
  );
});
