import { z } from 'zod';
import { id } from '../ids.ts';
import { agentText, sha256Hex } from '../text.ts';
import { defineCommand } from './define.ts';

export const agentInfo = defineCommand({
  name: 'agent_info',
  summary: 'Version, platform, cameras and configuration digest of the agent',
  risk: 'read',
  args: z.strictObject({}),
  result: z.object({
    version: agentText(64),
    protocol: z.int(),
    platform: agentText(128),
    cameras: z
      .array(z.object({ id: id('camera'), name: agentText(128), last_frame_age_s: z.int().min(0).nullable() }))
      .max(256),
    config_sha256: sha256Hex().nullable(), // null: there is no config.yaml
    consent_key_fingerprint: agentText(128).nullable(),
  }),
  timeoutMs: 5_000,
  resultBytesMax: 65_536,
  example: {},
});
