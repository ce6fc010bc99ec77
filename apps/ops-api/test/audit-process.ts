/** A server that begins the nightly audit and stops dead in the middle, for somebody to kill -9 it there. */
import { createRunner } from '../src/jobs/runner.ts';
import type { Stores } from '../src/ports.ts';
import { watching } from './watched-record.ts';
import { NODE } from './sample.ts';

export type StopAt = 'while_reading' | 'before_the_result' | 'after_the_result';
export type Order = { readonly connection: Parameters<typeof watching>[0]['connection']; readonly stopAt: StopAt };

const forever = new Promise<never>(() => undefined);
const stopHere = (): Promise<never> => {
  process.send?.('stopped');
  return forever;
};

const stopping = (stopAt: StopAt) => (real: Stores): Stores => ({
  ...real,
  record: { ...real.record, leaves: (tree, range) => (stopAt === 'while_reading' && range.from > 0 ? stopHere() : real.record.leaves(tree, range)) },
  leaves: {
    ...real.leaves,
    async commit(batch) {
      const isResult = batch.deeds.some(({ deed }) => deed.do === 'record_reconciliation');
      if (isResult && stopAt === 'before_the_result') return stopHere();
      const done = await real.leaves.commit(batch);
      return isResult ? stopHere() : done;
    },
  },
});

process.once('message', (order) => {
  const { connection, stopAt } = order as Order;
  const server = watching({ connection, node: NODE, epoch: 1, between: stopping(stopAt) });
  const runner = createRunner({ ...server, jobs: server.stores.jobs, work: { nightly_audit: server.nightly }, onFailing: () => undefined });
  void runner.begin();
});
process.once('disconnect', () => process.exit(0)); // whoever wanted to kill us is gone
setInterval(() => undefined, 60_000); // its clock is moved by hand and keeps nothing alive
