/** Personal access tokens over HTTP. The secret itself is in one answer only: the one that made it. */
import { z } from 'zod';
import { id } from '../ids.ts';
import { isoTimeText, plainWords } from '../text.ts';

/** In code on purpose: no setting makes a token live longer. */
export const PAT_DAYS_MAX = 366;
export const PAT_TENANTS_MAX = 100;

const scope = () => z.string().regex(/^[a-z_]{1,32}(:[a-z_]{1,32})?$/, { error: 'not a scope' });

/** Which scopes and presets there are, the server knows; here is only what they look like. */
export const CreatePat = z
  .strictObject({
    name: plainWords(1, 100),
    preset: z.string().max(32).optional(),
    scopes: z.array(scope()).min(1).max(32).optional(),
    tenants: z.array(id('tenant')).min(1).max(PAT_TENANTS_MAX).optional(), // absent: as far as the maker's own reach
    days: z.int().min(1).max(PAT_DAYS_MAX),
  })
  .refine((body) => (body.preset === undefined) !== (body.scopes === undefined), { error: 'has to name either preset or scopes, and not both' });
export type CreatePat = z.infer<typeof CreatePat>;

export const PatView = z.object({
  token_id: id('token'),
  name: z.string(),
  operator: z.string(),
  scopes: z.array(z.string()),
  tenants: z.union([z.literal('all'), z.array(id('tenant'))]),
  made_by: z.union([id('token'), id('login')]).nullable(), // null: at the server itself
  created_at: isoTimeText(),
  expires_at: isoTimeText(),
  last_used_at: isoTimeText().nullable(), // at most a minute behind
  revoked_at: isoTimeText().nullable(),
});
export type PatView = z.infer<typeof PatView>;

export const PatCreated = PatView.extend({ pat: id('pat') });
export type PatCreated = z.infer<typeof PatCreated>;

export const PatList = z.object({ pats: z.array(PatView) });
export type PatList = z.infer<typeof PatList>;
