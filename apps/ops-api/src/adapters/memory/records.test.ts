import { START } from '../../../test/sample.ts';
import { recordsContract } from '../records.contract.ts';
import { memoryStores } from './stores.ts';

recordsContract('memory', async () => {
  const scannedMax = 50;
  return { stores: memoryStores({ scannedMax }), now: START, scannedMax, close: async () => undefined };
});
