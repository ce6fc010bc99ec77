import { storesContract } from '../stores.contract.ts';
import { memoryStores } from './stores.ts';

storesContract('memory', async () => {
  const stores = memoryStores();
  return {
    stores,
    audited: async (tree) => {
      const ids = stores.rows(tree).map((row) => row.audit.id);
      return { audit: ids, events: ids };
    },
    close: async () => undefined,
  };
});
