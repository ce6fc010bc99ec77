import { nodesContract } from '../nodes.contract.ts';
import { memoryStores } from './stores.ts';

nodesContract('memory', async () => ({ stores: memoryStores(), close: async () => undefined }));
