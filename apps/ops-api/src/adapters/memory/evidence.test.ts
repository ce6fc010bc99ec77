import { evidenceContract } from '../evidence.contract.ts';
import { memoryStores } from './stores.ts';

evidenceContract('memory', async () => ({ stores: memoryStores(), close: async () => undefined }));
