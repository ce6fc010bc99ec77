import { jobsContract } from '../jobs.contract.ts';
import { memoryJobs } from './jobs.ts';

jobsContract('memory', async () => ({ jobs: memoryJobs(), close: async () => undefined }));
