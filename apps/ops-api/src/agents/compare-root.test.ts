import { settle, manualClock } from '@argus/kit/clock.ts';
import { toBase64 } from '@argus/kit/bytes.ts';
import { expect, test } from 'vitest';
import { AGENT, factOf, INSTANCE, LOG_KEY, newId, START, TENANT } from '../../test/sample.ts';
import { memoryStores } from '../adapters/memory/stores.ts';
import { createCheckpoints } from '../ledger/checkpoints.ts';
import { createLedger } from '../ledger/ledger.ts';
import { makeCompareRoot } from './compare-root.ts';

const checkpoints = createCheckpoints(INSTANCE, LOG_KEY);
const WHO = { agent: AGENT, tenant: TENANT, publicKey: '', connection: 'con_x' as never }; // shown in an alarm only

/** Guarantee: a machine that stands on another log than ours is an alarm when it dials, not only when it is asked for something. */
test('what a machine says it has followed is compared with our log, and only what is another one raises an alarm', async () => {
  const stores = memoryStores();
  const ledger = createLedger({ store: stores.leaves, checkpoints, instance: INSTANCE, clock: manualClock(START), newId });
  const roots: string[] = [''];
  for (let i = 0; i < 5; i++) {
    const written = await ledger.append(factOf({ reason: `entry ${i}` }));
    if (!written.ok) throw new Error(written.error.code);
    roots.push(toBase64(checkpoints.open(TENANT, written.value.checkpoint)?.root ?? new Uint8Array()));
  }
  const alarms: string[] = [];
  const said: string[] = [];
  const compare = makeCompareRoot({ ...stores, onAlarm: (_who, alarm) => void alarms.push(alarm), log: (_level, what) => void said.push(what) });
  const shown = async (log_size: number, log_root = roots[log_size] ?? '') => { compare(WHO, { log_size, log_root }); await settle(); return alarms.splice(0); };
  for (const size of [0, 1, 3, 5, 5]) expect(await shown(size)).toEqual([]);
  expect(await shown(3, roots[4])).toEqual(['log_forked']);
  expect(await shown(5, 'no root')).toEqual(['log_forked']);
  expect(await shown(6, roots[5])).toEqual(['log_shorter']);
  expect(said).toEqual(['machine_followed_another_log', 'machine_followed_another_log', 'machine_followed_another_log']);
  await ledger.append(factOf({ reason: 'and then it is there' }));
  expect(await shown(6, roots[5])).toEqual(['log_forked']); // what was not there is looked for again
  const away = makeCompareRoot({ evidence: stores.evidence, leaves: { head: async () => Promise.reject(new Error('gone')) }, onAlarm: () => void alarms.push('x'), log: (_level, what) => void said.push(what) });
  away(WHO, { log_size: 2, log_root: '' });
  await settle();
  expect([alarms, said.at(-1)]).toEqual([[], 'root_not_compared']);
});
