/** Who a credential belongs to. */
import { z } from 'zod';
import { id } from '../ids.ts';

export const Me = z.object({
  operator: z.string(),
  token_id: z.union([id('token'), id('login')]), // what came with the request: a token, or a sign-in
  scopes: z.array(z.string()),
  tenants: z.union([z.literal('all'), z.array(id('tenant'))]),
});
