import { passkeysContract } from '../passkeys.contract.ts';
import { memoryStores } from './stores.ts';

passkeysContract('memory', async () => ({ stores: memoryStores(), close: async () => undefined }));
