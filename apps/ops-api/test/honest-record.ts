/** A record as the ledger writes it over three days: two tenants and the operator, commands with arguments, batches. */
import { manualClock } from '@argus/kit/clock.ts';
import { mustId } from '@argus/protocol/ids.ts';
import { memoryStores } from '../src/adapters/memory/stores.ts';
import type { Attempt } from '../src/audit/attempt.ts';
import { startOfDay } from '../src/audit/windows.ts';
import { createCheckpoints } from '../src/ledger/checkpoints.ts';
import { createLedger, type Ledger } from '../src/ledger/ledger.ts';
import type { Stores } from '../src/ports.ts';
import { AGENT, DAY_MS, factOf, INSTANCE, LOG_KEY, newId, newSessionId, OTHER_TENANT, START, TENANT } from './sample.ts';

export const checkpoints = createCheckpoints(INSTANCE, LOG_KEY);
/** The day everything in here is about. */
export const MIDNIGHT = startOfDay(START) + DAY_MS;
export const WINDOW = { from: MIDNIGHT, to: MIDNIGHT + DAY_MS };

let requests = 0;
const commandOf = (at: number, phase: 'intent' | 'outcome', requestId: string): Attempt => ({
  at, type: 'remote_support_command', phase, tenant: TENANT, agent: AGENT, session: newSessionId(), operator: 'ana@argus.example', ip: '10.1.2.3', by: 'operator',
  reason: 'investigate "alert" — größer', gatesPassed: ['network', 'credential'], requestId: mustId('request', requestId), command: 'tail_log',
  args: { lines: 200, file: { sha256: 'ab'.repeat(32) } }, salt: new Uint8Array(16).fill(1),
  ...(phase === 'outcome' && { outcome: 'refused', code: 'agent_refused' }),
});

/** What happened on one day: single entries, a pair, a refusal nobody is known by, and a batch that went in at once. */
export async function writeDay(ledger: Ledger, clock: ReturnType<typeof manualClock>, day: number): Promise<void> {
  const at = (minutes: number) => {
    const moment = day + minutes * 60_000;
    clock.setWall(moment + 40); // written a little after it happened
    return moment;
  };
  const must = async (writing: ReturnType<Ledger['append']>) => {
    const written = await writing;
    if (!written.ok) throw new Error(written.error.internal ?? written.error.code);
  };
  await must(ledger.append(factOf({ at: at(1), outcome: 'ok', type: 'tenant_armed' })));
  await must(ledger.append(factOf({ at: at(2), tenant: OTHER_TENANT })));
  await must(ledger.append(factOf({ at: at(3), tenant: null, operator: 'unauthenticated', reason: '(not read)', code: 'ip_not_allowlisted', ip: '203.0.113.9' })));
  const request = `req_${String(requests++).padStart(8, '0')}`;
  await must(ledger.append(commandOf(at(61), 'intent', request)));
  await must(ledger.append(commandOf(at(62), 'outcome', request)));
  const moment = at(300);
  await Promise.all(Array.from({ length: 7 }, (_, i) => must(ledger.append(factOf({ at: moment + i })))));
  await must(ledger.append(factOf({ at: at(1_439), tenant: OTHER_TENANT })));
}

export async function honestRecord(stores: Stores = memoryStores()) {
  const clock = manualClock(START);
  const ledger = createLedger({ store: stores.leaves, checkpoints, instance: INSTANCE, clock, newId });
  for (const day of [MIDNIGHT - DAY_MS, MIDNIGHT, MIDNIGHT + DAY_MS]) await writeDay(ledger, clock, day);
  clock.setWall(MIDNIGHT + 3 * DAY_MS);
  return { stores, clock, ledger };
}
