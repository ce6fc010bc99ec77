/** The log of the sample instance over any store of leaves: what its server would write there. */
import { manualClock, type Clock } from '@argus/kit/clock.ts';
import { createCheckpoints } from '../src/ledger/checkpoints.ts';
import { createLedger, type Ledger } from '../src/ledger/ledger.ts';
import type { LogStore } from '../src/ports.ts';
import { INSTANCE, LOG_KEY, newId, START } from './sample.ts';

export const ledgerOver = (store: LogStore, clock: Clock = manualClock(START)): Ledger => createLedger({ store, checkpoints: createCheckpoints(INSTANCE, LOG_KEY), instance: INSTANCE, clock, newId });
