import { manualClock } from '@argus/kit/clock.ts';
import { expect, test } from 'vitest';
import { NODE, sessionOf, START } from '../../test/sample.ts';
import { createNodeLease, NODE_LEASE_MS, SILENT_FOR_MS } from './lease.ts';

const TURN_MS = 5_000; // of the timer that asks (app.ts)

function node() {
  const clock = manualClock(START);
  const did: string[] = [];
  const answer = { of: async () => true };
  const lease = createNodeLease({
    clock, node: { id: NODE, epoch: 2 }, nodes: { beat: () => answer.of() }, lines: { closeAll: () => void did.push('lines closed') }, log: () => undefined,
    custody: { held: () => [sessionOf()], endAllHeld: () => void did.push('gave up') },
  });
  const turns = async (n: number) => { for (let i = 0; i < n; i++) { await clock.advance(TURN_MS); void lease.beat(); await clock.advance(0); } };
  return { clock, did, answer, lease, turns };
}

/** Guarantee: who gives up does so before anybody takes over, also when the timer is a turn late. */
test('the lease and one turn of the timer are over before another node may act', () => {
  expect(NODE_LEASE_MS + TURN_MS).toBeLessThan(SILENT_FOR_MS);
});

test('while the database answers nothing is given up', async () => {
  const n = node();
  await n.turns(100);
  expect(n.did).toEqual([]);
});

test.each([
  ['refuses', async (): Promise<boolean> => { throw new Error('gone'); }],
  ['does not answer at all', () => new Promise<boolean>(() => undefined)],
])('a database that %s: everything is given up when the lease is over, and not before', async (_what, beat) => {
  const n = node();
  await n.turns(1);
  n.answer.of = beat;
  await n.turns(5);
  expect(n.did).toEqual([]);
  await n.turns(1);
  expect(n.did).toEqual(['gave up']);
});

test('a short outage is forgotten', async () => {
  const n = node();
  for (let i = 0; i < 5; i++) {
    n.answer.of = async () => { throw new Error('gone'); };
    await n.turns(4);
    n.answer.of = async () => true;
    await n.turns(1);
  }
  expect(n.did).toEqual([]);
});

test('the lease runs from when the sign of life was sent: a slow answer does not stretch it', async () => {
  const n = node();
  let say: (isOurs: boolean) => void = () => undefined;
  n.answer.of = () => new Promise((resolve) => (say = resolve));
  await n.turns(5);
  say(true); // sent at 5 s, answered at 25 s
  n.answer.of = async () => { throw new Error('gone'); };
  await n.turns(1); // 30 s
  expect(n.did).toEqual([]);
  await n.turns(1); // 35 s: 30 s after it was sent
  expect(n.did).toEqual(['gave up']);
});

/** Guarantee (fence): an older start of a node holds nothing while a newer one runs. */
test('where a newer start of this node is running, sessions and lines are given up at once', async () => {
  const n = node();
  n.answer.of = async () => false;
  await n.turns(1);
  expect(n.did).toEqual(['gave up', 'lines closed']);
});
