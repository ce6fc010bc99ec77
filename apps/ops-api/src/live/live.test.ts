import { manualClock } from '@argus/kit/clock.ts';
import { mustId, type TenantId } from '@argus/protocol/ids.ts';
import { expect, test } from 'vitest';
import { feed, SAY_EVERY_MS, STILL_THERE_MS } from './feed.ts';
import { createPulse } from './pulse.ts';
import { topicsOf } from './topics.ts';

const ours = mustId('tenant', 'OURS');
const theirs = mustId('tenant', 'THEIRS');

function listening({ lastSeen = null, sees = (tenant: TenantId | null) => tenant === ours }: { lastSeen?: string | null; sees?: (tenant: TenantId | null) => boolean } = {}) {
  const clock = manualClock(0);
  const pulse = createPulse('life');
  const world = { clock, pulse, said: [] as string[], ended: 0, is: true };
  const begin = (from = lastSeen) =>
    feed({ clock, pulse }, { sees, lastSeen: from, isStill: async () => world.is, say: (text) => world.said.push(text), end: () => void world.ended++ });
  return { world, begin };
}
const changes = (said: readonly string[]) => said.filter((text) => text.includes('event: changed')).map((text) => /data: (.*)/.exec(text)?.[1]);

test('what changes is said, and what changes together is said together', async () => {
  const { world, begin } = listening();
  begin();
  world.pulse.beat({ topics: ['tenants', 'events'], tenant: ours });
  world.pulse.beat({ topics: ['events', 'sessions'], tenant: ours });
  await world.clock.advance(0);
  expect(changes(world.said)).toEqual(['tenants events sessions']);
  for (let n = 0; n < 100; n++) world.pulse.beat({ topics: ['agents'], tenant: ours });
  expect(changes(world.said)).toHaveLength(1);
  await world.clock.advance(SAY_EVERY_MS);
  expect(changes(world.said)).toEqual(['tenants events sessions', 'agents']);
});

test('not a beat of somebody else’s tenant is felt, nor of what no tenant owns', async () => {
  const { world, begin } = listening();
  begin();
  const before = world.said.length;
  world.pulse.beat({ topics: ['sessions'], tenant: theirs });
  world.pulse.beat({ topics: ['alerts'], tenant: null });
  await world.clock.advance(SAY_EVERY_MS * 4);
  expect(world.said).toHaveLength(before);
});

test('a line that broke is told what it missed, and only of what it may see', () => {
  const { world, begin } = listening();
  const where = world.pulse.here();
  world.pulse.beat({ topics: ['agents'], tenant: ours });
  world.pulse.beat({ topics: ['sessions'], tenant: theirs });
  begin(where);
  expect(changes(world.said)).toEqual(['agents']);
});

test.each([
  ['another life of the server', 'other.0'],
  ['a place that was never reached', 'life.99'],
  ['no place at all', 'life.x'],
  ['something else', '"><script>'],
])('who comes from %s is told to ask for everything', (_, where) => {
  const { world, begin } = listening();
  begin(where);
  expect(world.said.join('')).toContain('event: missed');
});

test('who was away for more than is kept is told to ask for everything', () => {
  const { world, begin } = listening();
  const where = world.pulse.here();
  for (let n = 0; n < 2_001; n++) world.pulse.beat({ topics: ['agents'], tenant: ours });
  begin(where);
  expect(world.said.join('')).toContain('event: missed');
});

test('a reader who is nobody any more is cut off at the next look', async () => {
  const { world, begin } = listening();
  begin();
  await world.clock.advance(STILL_THERE_MS);
  expect([world.said.at(-1), world.ended]).toEqual([': still there\n\n', 0]);
  world.is = false;
  await world.clock.advance(STILL_THERE_MS);
  expect(world.ended).toBe(1);
});

test('after it was stopped nothing is said and nobody listens', async () => {
  const { world, begin } = listening();
  const { stop } = begin();
  world.pulse.beat({ topics: ['agents'], tenant: ours });
  stop();
  const before = world.said.length;
  await world.clock.advance(STILL_THERE_MS * 2);
  expect([world.said.length, world.pulse.listeners()]).toEqual([before, 0]);
});

test('every entry is an event, and a session that ends is felt where agents and sessions are shown', () => {
  expect(topicsOf('audit_reconciled')).toEqual(['events']);
  expect(topicsOf('remote_support_session_ended')).toEqual(['events', 'agents', 'sessions']);
});
