import { peopleContract } from '../people.contract.ts';
import { memoryStores } from './stores.ts';

peopleContract('people in memory', async () => ({ stores: memoryStores(), close: async () => undefined }));
