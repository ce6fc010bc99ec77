import { z } from 'zod';
import { id } from '../ids.ts';
import { base64Of32 } from '../text.ts';

/** What an agent is given for its code. Apart from the other shapes, since an agent carries what it imports. */
export const AgentEnrolled = z.object({
  instance: id('instance'),
  tenant_id: id('tenant'),
  agent_id: id('agent'),
  passkey: base64Of32(),
  log_public_key: base64Of32(),
  checkpoint: z.string(), // the tenant's tree with the enrollment in it
});
export type AgentEnrolled = z.infer<typeof AgentEnrolled>;
