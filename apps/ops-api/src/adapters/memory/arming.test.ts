import { armingContract } from '../arming.contract.ts';
import { memoryStores } from './stores.ts';

armingContract('memory', async () => {
  const stores = memoryStores();
  return { stores, elsewhere: stores, close: async () => undefined };
});
