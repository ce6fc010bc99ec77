import { z } from 'zod';
import { agentText, isoTimeText } from '../text.ts';
import { defineCommand } from './define.ts';

export const ping = defineCommand({
  name: 'ping',
  summary: 'Check that the agent answers',
  risk: 'read',
  args: z.strictObject({}),
  result: z.object({ agent_time: isoTimeText(), version: agentText(64), uptime_s: z.int().min(0) }),
  timeoutMs: 5_000,
  resultBytesMax: 4_096,
  example: {},
});
