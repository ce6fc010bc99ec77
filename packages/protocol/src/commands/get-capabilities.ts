import { z } from 'zod';
import { Manifest, MANIFEST_BYTES_MAX } from '../manifest.ts';
import { defineCommand } from './define.ts';

export const getCapabilities = defineCommand({
  name: 'get_capabilities',
  summary: 'The capability manifest, taken fresh',
  risk: 'read',
  args: z.strictObject({}),
  result: Manifest,
  timeoutMs: 5_000,
  resultBytesMax: MANIFEST_BYTES_MAX,
  example: {},
});
