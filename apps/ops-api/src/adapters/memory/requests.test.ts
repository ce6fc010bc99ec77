import { requestsContract } from '../requests.contract.ts';
import { memoryStores } from './stores.ts';

requestsContract('memory', async () => ({ stores: memoryStores(), close: async () => undefined }));
