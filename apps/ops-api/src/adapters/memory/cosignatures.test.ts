import { cosignaturesContract } from '../cosignatures.contract.ts';
import { memoryStores } from './stores.ts';

cosignaturesContract('memory', async () => ({ stores: memoryStores(), close: async () => undefined }));
