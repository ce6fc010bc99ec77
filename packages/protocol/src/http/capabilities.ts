/** What an agent last said it can do. Advisory; `stale` when it is old or the agent is offline. */
import { z } from 'zod';
import { Manifest } from '../manifest.ts';
import { isoTimeText } from '../text.ts';

export const Capabilities = z.object({ manifest: Manifest.nullable(), taken_at: isoTimeText().nullable(), stale: z.boolean() });
