/** The table of cheats, each done to a real server's record by somebody with every right on it: who finds it, and who cannot. */
import { systemClock } from '@argus/kit/clock.ts';
import { openCheckpointFile } from '@argus/ops-api/adapters/data-dir/checkpoint-file.ts';
import { scratchDataDir } from '@argus/testkit/scratch-data-dir.ts';
import { beforeAll, expect, test } from 'vitest';
import { CHEATS, CHECKERS, type Cheat, type CheatId, type Checker } from '../verify/cheats.ts';
import { ask, type Verdicts } from './cheats/checkers.ts';
import { DEEDS, placesIn } from './cheats/deeds.ts';
import { createForger, leafOf } from './cheats/forger.ts';
import { honestRecord, OURS, type Honest, type Room } from './cheats/honest.ts';
import { OPS_API } from './ops-api.ts';
import { runToEnd } from './processes.ts';

const ROOMS = 3;
const ids = Object.keys(CHEATS) as CheatId[]; // Object.keys loses the names
const looked = new Map<CheatId | 'nothing', Promise<Verdicts>>();

let honest: Honest;
beforeAll(async () => {
  honest = await honestRecord(ROOMS);
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
  const isTheServer = id !== 'nothing' && CHEATS[id].by === 'server';
  return ask({ honest, forger, url: room.url, trust, isTheServer, ...(change && { change }) });
}

test('nobody finds anything in the honest record', async () => {
  expect(await looked.get('nothing')).toEqual({ server: null, auditor: null, kept: null, witness: null, argus_verify: null, second: null });
});

test.each(ids.map((id) => [id, CHEATS[id] as Cheat] as const))('%s is found by those the table names, and by nobody else', async (id, { caught }) => {
  const verdicts = await looked.get(id);
  for (const checker of Object.keys(CHECKERS) as Checker[]) {
    const said = caught[checker];
    expect(verdicts?.[checker], checker).toEqual(said === undefined ? null : expect.stringContaining(said));
  }
});

/** Guarantee: the end of the log is not taken away behind a server's back, and whoever accepts that does so by name and for good. */
test('a server whose log was cut does not start and says who may accept it; accepted, it is on record, and it starts', async () => {
  const [room] = honest.rooms;
  if (!room) throw new Error('there is no room');
  await room.restore();
  const forger = createForger(room.admin, honest.trust);
  const entries = await forger.rows(OURS);
  const lastEnd = placesIn(entries, honest).lastEnd;
  await DEEDS.cut_session_end({ forger, honest, entries, at: placesIn(entries, honest) });
  const scratch = await scratchDataDir();
  try {
    const file = await openCheckpointFile({ dataDir: scratch.dataDir, isOurs: true, clock: systemClock, say: () => undefined });
    await file.beginAgain(honest.kept.map((line) => { const { tree, size, checkpoint: note } = JSON.parse(line) as { tree: typeof OURS; size: number; checkpoint: string }; return { tree, size, note }; }), systemClock.now());
    await file.close();
    const env = { ...honest.settings, ARGUS_DATA_DIR: scratch.dataDir, DATABASE_URL: room.url };
    const opsApi = (...args: readonly string[]) => runToEnd(OPS_API, args, env);
    const refused = await opsApi();
    expect([refused.end, refused.stderr()]).toEqual(['exit 2', expect.stringContaining(`${OURS} had ${entries.length} entries and has ${lastEnd}`)]);
    expect((await opsApi('new-pat', '--operator', 'eve@argus.example')).stderr()).toContain('accept-log --by EMAIL');
    expect([(await opsApi('fsck')).end, (await opsApi('fsck')).stdout()]).toEqual(['exit 3', expect.stringContaining(`tree_shorter ${OURS}`)]);
    const accept = ['accept-log', '--by', 'ana@argus.example', '--reason', 'the backup of monday'];
    expect([(await opsApi(...accept)).end, (await forger.rows(OURS)).length]).toEqual(['exit 2', lastEnd]);
    const accepted = await opsApi(...accept, '--yes');
    expect([accepted.end, accepted.stdout()]).toEqual(['exit 0', expect.stringContaining(`Accepted, and on record for ${OURS}`)]);
    expect(leafOf((await forger.rows(OURS)).at(-1)?.text ?? '')).toMatchObject({ type: 'log_restored', operator: 'ana@argus.example', reason: 'the backup of monday', args_commit: { signed_size: entries.length, found_size: lastEnd } });
    expect((await opsApi('new-pat', '--operator', 'eve@argus.example')).end).toBe('exit 0');
  } finally {
    await scratch.remove();
  }
}, 60_000);

test('a cheat that nobody finds says why, and there are thirty others at least', () => {
  const rows = Object.values<Cheat>(CHEATS);
  const unnoticed = rows.filter(({ caught }) => Object.keys(caught).length === 0);
  expect(unnoticed.filter(({ why }) => why === undefined)).toEqual([]);
  expect(rows.length - unnoticed.length).toBeGreaterThanOrEqual(30);
});
