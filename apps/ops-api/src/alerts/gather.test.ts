import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AGENT, START, TENANT } from '../../test/sample.ts';
import { gather, GATHER_MS, nextDue, putBack, SUBJECTS_MAX, takeRipe, type Gathering } from './gather.ts';
import type { Firing } from './tripwires.ts';

const HOUR_MS = 3_600_000;
const by = 'node 1';
const firing = (subject: string, at = START, over: Partial<Firing> = {}): Firing => ({ kind: 'failed_activation', subject, at, ...over });
const sum = (gathered: readonly { readonly times: number }[]) => gathered.reduce((n, g) => n + g.times, 0);

test('the first is written after a moment, with all that came in it; the rest when its hour ends', () => {
  const open: Gathering = new Map();
  for (let i = 0; i < 5; i++) gather(open, firing('ana', START + i), { now: START + i, by });
  expect(nextDue(open)).toBe(START + GATHER_MS);
  expect(takeRipe(open, START + GATHER_MS - 1)).toEqual([]);
  expect(takeRipe(open, START + GATHER_MS)).toMatchObject([{ times: 5, firstAt: START, at: START + 4, isFirst: true }]);
  for (let i = 0; i < 1_000; i++) gather(open, firing('ana', START + 60_000 + i), { now: START + 60_000 + i, by });
  expect(nextDue(open)).toBe(START + HOUR_MS); // START is at a full hour
  const [rest] = takeRipe(open, START + HOUR_MS);
  expect(rest).toMatchObject({ times: 1_000, isFirst: false });
  expect(open.size).toBe(0);
});

test('what stays quiet for its time is forgotten, and writes nothing', () => {
  const open: Gathering = new Map();
  gather(open, firing('ana'), { now: START, by });
  takeRipe(open, START + GATHER_MS);
  expect(takeRipe(open, START + HOUR_MS)).toEqual([]);
  expect(nextDue(open)).toBe(Number.POSITIVE_INFINITY);
});

test('the first has one key for all nodes; the rest one per node', () => {
  const keys = ['node 1', 'node 2'].map((node) => {
    const open: Gathering = new Map();
    gather(open, firing('ana'), { now: START, by: node });
    const [first] = takeRipe(open, START + GATHER_MS);
    gather(open, firing('ana'), { now: START + 5_000, by: node });
    const [rest] = takeRipe(open, START + HOUR_MS);
    return [first?.key, rest?.key];
  });
  expect(keys[0]?.[0]).toBe(keys[1]?.[0]);
  expect(keys[0]?.[1]).not.toBe(keys[1]?.[1]);
});

test('of more subjects than are told apart none is named, and no owner\'s tree is written to', () => {
  const open: Gathering = new Map();
  for (let i = 0; i < SUBJECTS_MAX + 30; i++) gather(open, firing(`who ${i}`, START, { tenant: TENANT, agent: AGENT, operator: `who ${i}`, address: '203.0.113.9' }), { now: START, by });
  const written = takeRipe(open, START + GATHER_MS);
  expect(written).toHaveLength(SUBJECTS_MAX + 1);
  expect(written.at(-1)).toMatchObject({ subject: '(others)', times: 30, tenant: null, agent: null, operator: null, address: null });
  expect(written[0]).toMatchObject({ tenant: TENANT, agent: AGENT });
  gather(open, firing('mallory', START, { kind: 'handshake_failed' }), { now: START, by });
  expect([...open.keys()]).toContain('handshake_failed mallory'); // one kind takes no room from another
});

/** Guarantee: however it is flooded, memory and disk stay bounded, and not one firing is lost from the count. */
test('a flood of any shape is bounded, and every firing is counted once, also when writing fails', () => {
  const event = fc.record({ who: fc.integer({ min: 0, max: 100 }), pause: fc.integer({ min: 0, max: 900_000 }), fails: fc.constantFrom('no', 'unwritten', 'known') });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 300 }), (events) => {
      const open: Gathering = new Map();
      let [now, counted] = [START, 0];
      for (const { who, pause, fails } of events) {
        now += pause;
        for (const one of takeRipe(open, now)) {
          if (fails === 'unwritten' || (fails === 'known' && one.isFirst)) putBack(open, one, { why: fails, now, by });
          else counted += one.times;
        }
        gather(open, firing(`w${who}`, now), { now, by });
        expect(open.size).toBeLessThanOrEqual(SUBJECTS_MAX + 1);
        expect(nextDue(open)).toBeLessThanOrEqual(now + HOUR_MS);
      }
      expect(counted + sum(takeRipe(open, Number.POSITIVE_INFINITY))).toBe(events.length);
      expect(open.size).toBe(0);
    }),
  );
});

test('what could not be written is tried again within seconds', () => {
  const open: Gathering = new Map();
  gather(open, firing('ana'), { now: START, by });
  const [first] = takeRipe(open, START + GATHER_MS);
  if (!first) throw new Error('nothing was ripe');
  putBack(open, first, { why: 'unwritten', now: START + GATHER_MS, by });
  expect(nextDue(open)).toBeLessThanOrEqual(START + GATHER_MS + 5_000);
});
