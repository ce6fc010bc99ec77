/** The table of cheats, each done to a real server's record by somebody with every right on it: who finds it, and who cannot. */
import { beforeAll, expect, test } from 'vitest';
import { CHEATS, CHECKERS, type Cheat, type CheatId, type Checker } from '../verify/cheats.ts';
import { ask, type Verdicts } from './cheats/checkers.ts';
import { DEEDS, placesIn } from './cheats/deeds.ts';
import { createForger } from './cheats/forger.ts';
import { honestRecord, OURS, type Honest, type Room } from './cheats/honest.ts';

const ROOMS = 3;
const ids = Object.keys(CHEATS) as CheatId[]; // Object.keys loses the names
const looked = new Map<CheatId | 'nothing', Promise<Verdicts>>();

beforeAll(async () => {
  const honest = await honestRecord(ROOMS);
  const left: (CheatId | 'nothing')[] = ['nothing', ...ids];
  await Promise.all(
    honest.rooms.map(async (room) => {
      for (let id = left.shift(); id !== undefined; id = left.shift()) {
        const looking = lookAt(honest, room, id);
        looked.set(id, looking);
        await looking.catch(() => undefined); // its own test tells
      }
    }),
  );
}, 600_000); // it takes less than a minute where nothing else runs

async function lookAt(honest: Honest, room: Room, id: CheatId | 'nothing'): Promise<Verdicts> {
  await room.restore();
  const forger = createForger(room.admin, honest.trust);
  const entries = await forger.rows(OURS);
  const { trust = honest.trust, change } = (id !== 'nothing' && (await DEEDS[id]({ forger, honest, entries, at: placesIn(entries, honest) }))) || {};
  return ask({ honest, forger, url: room.url, trust, ...(change && { change }) });
}

test('nobody finds anything in the honest record', async () => {
  expect(await looked.get('nothing')).toEqual({ server: null, auditor: null, witness: null, argus_verify: null, second: null });
});

test.each(ids.map((id) => [id, CHEATS[id] as Cheat] as const))('%s is found by those the table names, and by nobody else', async (id, { caught }) => {
  const verdicts = await looked.get(id);
  for (const checker of Object.keys(CHECKERS) as Checker[]) {
    const said = caught[checker];
    expect(verdicts?.[checker], checker).toEqual(said === undefined ? null : expect.stringContaining(said));
  }
});

test('a cheat that nobody finds says why, and there are thirty others at least', () => {
  const rows = Object.values<Cheat>(CHEATS);
  const unnoticed = rows.filter(({ caught }) => Object.keys(caught).length === 0);
  expect(unnoticed.filter(({ why }) => why === undefined)).toEqual([]);
  expect(rows.length - unnoticed.length).toBeGreaterThanOrEqual(30);
});
