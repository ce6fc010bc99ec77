/** A record of three days in a database of its own, with everything that audits it and mails about it. */
import { manualClock } from '@argus/kit/clock.ts';
import type { NodeId } from '@argus/protocol/ids.ts';
import { randomUUID } from 'node:crypto';
import type { Pool, PoolConfig } from 'pg';
import { smtpMailer } from '../src/adapters/smtp/mailer.ts';
import { postgresStores } from '../src/adapters/postgres/stores.ts';
import { makeDeliver } from '../src/alerts/deliver.ts';
import { createTripwires } from '../src/alerts/trip.ts';
import { createAuditor } from '../src/audit/auditor.ts';
import { makeNightly } from '../src/audit/nightly.ts';
import { openPool } from '../src/db/pools.ts';
import { createLedger } from '../src/ledger/ledger.ts';
import type { Stores } from '../src/ports.ts';
import { checkpoints, MIDNIGHT } from './honest-record.ts';
import { DAY_MS, INSTANCE } from './sample.ts';

/** All three days are closed. */
export const AFTERWARDS = MIDNIGHT + 2 * DAY_MS + 3_600_000;

type Watching = { readonly connection: PoolConfig; readonly node: NodeId; readonly epoch: number; readonly mailPort?: number; readonly between?: (real: Stores) => Stores };

/** One life of one server, as far as audits and mails go. */
export function watching({ connection, node, epoch, mailPort = 1, between = (real) => real }: Watching) {
  const pool: Pool = openPool({ connection, max: 4, say: () => undefined });
  const stores = between(postgresStores(pool));
  const clock = manualClock(AFTERWARDS);
  const ledger = createLedger({ store: stores.leaves, checkpoints, instance: INSTANCE, clock, newId: randomUUID });
  const by = { node, epoch };
  const common = { clock, ledger, newId: randomUUID, by, instance: INSTANCE, log: () => undefined };
  const tripwires = createTripwires({ ...common, onHigh: () => undefined });
  const auditor = createAuditor({ ...common, record: stores.record, leaves: stores.leaves, checkpoints });
  const mailer = smtpMailer({ plan: { host: '127.0.0.1', port: mailPort, tls: 'none', login: null }, from: 'argus@argus.example', to: ['ana@argus.example'] });
  return {
    ...common,
    pool,
    stores,
    tripwires,
    nightly: makeNightly({ ...common, tripwires, auditor, record: stores.record, results: stores.reconciliations }),
    deliver: makeDeliver({ ...common, alerts: stores.alerts, mailer, publicUrl: 'https://ops.argus.example' }),
  };
}
