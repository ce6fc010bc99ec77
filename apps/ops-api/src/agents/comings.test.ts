import { manualClock, settle } from '@argus/kit/clock.ts';
import { mustId, newHandle } from '@argus/protocol/ids.ts';
import { expect, test } from 'vitest';
import { AGENT, NODE, seededRandom, START, TENANT } from '../../test/sample.ts';
import { createComings } from './comings.ts';
import type { Came, Went } from './presence.ts';

const random = seededRandom('comings');
const identity = (n = 0) => ({ agent: mustId('agent', `${AGENT}_${n}`), tenant: TENANT, publicKey: 'x', connection: newHandle('connection', random) });

function noting() {
  const clock = manualClock(START);
  const world = { clock, isAway: false, notes: [] as { came: readonly Came[]; went: readonly Went[] }[], tidied: [] as number[] };
  const comings = createComings({
    clock,
    node: { id: NODE, epoch: 3 },
    log: () => undefined,
    presence: {
      async note(came, went) {
        if (world.isAway) throw new Error('the database is away');
        world.notes.push({ came, went });
      },
      tidy: async (_, before) => void world.tidied.push(before),
    },
  });
  return { ...world, world, comings };
}

test('what comes together is written together, soon, and with where and when', async () => {
  const { comings, clock, world } = noting();
  const lines = Array.from({ length: 100 }, (_, n) => identity(n));
  for (const line of lines) comings.came(line);
  for (const line of lines.slice(0, 10)) comings.went(line);
  expect(world.notes).toEqual([]);
  await clock.advance(1_000);
  expect(world.notes.map(({ came, went }) => [came.length, went.length])).toEqual([[100, 10]]);
  expect(world.notes[0]?.came[0]).toMatchObject({ node: NODE, epoch: 3, at: START, connection: lines[0]?.connection });
});

test('who looks waits until it is written, and is not behind', async () => {
  const { comings, world } = noting();
  comings.came(identity());
  await comings.written();
  expect(world.notes).toHaveLength(1);
  await comings.written();
  expect(world.notes).toHaveLength(1); // nothing is new
});

test('what could not be written is written when the database is back, in the order it happened', async () => {
  const { comings, clock, world } = noting();
  const line = identity();
  world.isAway = true;
  comings.came(line);
  await expect(comings.written()).rejects.toThrow('away');
  comings.went(line);
  world.isAway = false;
  await clock.advance(10_000);
  expect(world.notes).toMatchObject([{ came: [{ connection: line.connection }], went: [{ connection: line.connection }] }]);
});

/** Guarantee: of a line that came in one statement and went in another, the coming is written first. */
test('more than one statement takes: nobody goes before they came', async () => {
  const { comings, world } = noting();
  const lines = Array.from({ length: 12_000 }, (_, n) => identity(n));
  for (const line of lines) comings.came(line);
  for (const line of lines.toReversed()) comings.went(line);
  await comings.written();
  const cameBefore = new Set<string>();
  for (const { came, went } of world.notes) {
    for (const { connection } of came) cameBefore.add(connection);
    for (const { connection } of went) expect(cameBefore.has(connection)).toBe(true);
  }
  expect(world.notes.flatMap(({ went }) => went)).toHaveLength(12_000);
});

test('what is older than a month is let go at the start and every hour; a server that stops writes what it has', async () => {
  const { comings, clock, world } = noting();
  await comings.begin();
  await clock.advance(3_600_000);
  expect(world.tidied).toEqual([START - 30 * 86_400_000, START + 3_600_000 - 30 * 86_400_000]);
  comings.came(identity());
  await comings.close();
  await settle();
  expect(world.notes).toHaveLength(1);
});
