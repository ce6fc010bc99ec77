import { presenceContract } from '../presence.contract.ts';
import { memoryStores } from './stores.ts';

presenceContract('memory', async () => ({ stores: memoryStores(), close: async () => undefined }));
