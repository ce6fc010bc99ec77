import { utf8 } from '@argus/kit/bytes.ts';
import { z } from 'zod';
import { id } from './ids.ts';
import { agentText, isoTimeText } from './text.ts';

export const MANIFEST_BYTES_MAX = 16_384;
/** After this long, or when the agent is offline, a manifest is shown as stale. */
export const MANIFEST_FRESH_MS = 5 * 60_000;

/** What an agent says of itself. Advisory: no code path reads it to decide anything. */
export const Manifest = z
  .object({
    agent_version: agentText(64),
    protocol: z.int().min(0).max(1_000_000),
    platform: agentText(128),
    commands: z.array(agentText(64)).max(64),
    cameras: z.array(z.object({ id: id('camera'), name: agentText(128) })).max(256),
    limits: z.record(agentText(64), z.number()).refine((limits) => Object.keys(limits).length <= 64),
    consent_key_fingerprint: agentText(128).nullable(),
    taken_at: isoTimeText(),
  })
  .refine((manifest) => utf8(JSON.stringify(manifest)).length <= MANIFEST_BYTES_MAX, {
    error: 'is larger than 16 KiB',
  });
export type Manifest = z.infer<typeof Manifest>;
