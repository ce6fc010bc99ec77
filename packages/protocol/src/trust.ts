import { z } from 'zod';
import { id } from './ids.ts';
import { base64Of32 } from './text.ts';

/**
 * What an agent trusts, on its own machine, owner-only: no command reads it and no patch reaches it.
 * Its export, with the last two fields filled in, is what the tenant checks the log against.
 */
export const CameraConfig = z.object({
  id: id('camera'),
  name: z.string().min(1).max(128),
  kind: z.enum(['test_pattern']), // the network cameras join with the camera adapters
});
export type CameraConfig = z.infer<typeof CameraConfig>;

export const TrustFile = z.object({
  v: z.literal(1),
  server_url: z.url(),
  instance: id('instance'),
  tenant: id('tenant'),
  agent: id('agent'),
  log_keys: z.array(base64Of32()).min(1).max(8),
  agent_public_key: base64Of32(),
  consent_key: base64Of32().optional(),
  patch: z.object({
    keys: z.array(z.object({ key_id: z.string().max(64), public_key: base64Of32() })).max(16),
    threshold: z.int().min(1).max(16),
  }),
  cameras: z.array(CameraConfig).max(256),
  install_root: z.string().min(1).max(4_096),
  indicator: z.object({ required: z.literal(true) }), // there is no other policy
  last_checkpoint: z.string().max(4_096).optional(), // a signed note
  highest_consent_serial: z.int().min(0).optional(),
  highest_acted_leaf: z.int().min(0).optional(),
});
export type TrustFile = z.infer<typeof TrustFile>;
