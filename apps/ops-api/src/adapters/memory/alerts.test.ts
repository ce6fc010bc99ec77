import { alertsContract } from '../alerts.contract.ts';
import { memoryStores } from './stores.ts';

alertsContract('memory', async () => ({ stores: memoryStores(), close: async () => undefined }));
