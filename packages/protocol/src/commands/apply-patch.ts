import type { Json } from '@argus/kit/canonical-json.ts';
import { z } from 'zod';
import { classes } from '../classify.ts';
import { PATCH_FILES_MAX, PATCH_TEXT_MAX } from '../patch.ts';
import { agentText, sha256Hex } from '../text.ts';
import { defineCommand } from './define.ts';

/** Any object: whether it is signed is for the machine to say, before anybody looks at what it says. */
const anyPatch = z.looseObject({}) as unknown as z.ZodType<Readonly<Record<string, Json>>>; // what carries arguments takes plain JSON only

export const applyPatch = defineCommand({
  name: 'apply_patch',
  summary: 'Replace allowlisted files of the install root with those of a signed patch, all or none',
  risk: 'write',
  args: z.strictObject({ patch: anyPatch.register(classes, { class: 'sensitive' }) }),
  result: z.object({
    applied: z.array(z.object({ path: agentText(128), before_sha256: sha256Hex().nullable(), after_sha256: sha256Hex() })).max(PATCH_FILES_MAX),
  }),
  timeoutMs: 60_000,
  resultBytesMax: 65_536,
  argsBytesMax: PATCH_TEXT_MAX,
  // Really signed, with the key EXAMPLE_PATCH_KEY: its seed is 0x01, 32 times.
  example: {
    patch: {
      manifest: {
        v: 1,
        id: 'patch_example_streams',
        agent: 'agent_macpro_lobby_01',
        files: [{ path: 'hotfix/streams.yaml', sha256: 'c464bbf3d8211aa36edde86ab6134034d9cc2ec7e785c1ed6a423603824f2426', size: 11, content_base64: 'c3RyZWFtczogNgo=' }],
        not_before: '2026-01-01T00:00:00.000Z',
        not_after: '2027-01-01T00:00:00.000Z',
        note: 'Six streams instead of four',
      },
      signatures: [{ key_id: 'example', sig: 'Gd03H4IMYuCcHs008fW2M5k+HrA1LWLJEfKfbvH1qstxgK89HuWZ59ZogC3NoR2HmhPlhuXQBdR66BglriQqCg==' }],
    },
  },
});
