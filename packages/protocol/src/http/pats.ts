/** Personal access tokens over HTTP. The secret itself is in one answer only: the one that made it. */
import { z } from 'zod';
import { id } from '../ids.ts';
import { isoTimeText, plainWords } from '../text.ts';

/** In code on purpose: no setting makes a token live longer. */
export const PAT_DAYS_MAX = 366;
export const PAT_TENANTS_MAX = 100;
export const PAT_NAME_MAX = 100;

const scope = () => z.string().regex(/^[a-z_]{1,32}(:[a-z_]{1,32})?$/, { error: 'not a scope' });

/** Which scopes and presets there are, the server knows; here is only what they look like. */
const wanted = {
  name: plainWords(1, PAT_NAME_MAX),
  preset: z.string().max(32).optional(),
  scopes: z.array(scope()).min(1).max(32).optional(),
  tenants: z.array(id('tenant')).min(1).max(PAT_TENANTS_MAX).optional(), // absent: as far as the maker's own reach
  days: z.int().min(1).max(PAT_DAYS_MAX),
};
const namesOne = (body: { readonly preset?: string | undefined; readonly scopes?: readonly string[] | undefined }): boolean => (body.preset === undefined) !== (body.scopes === undefined);
const eitherOr = { error: 'has to name either preset or scopes, and not both' };
export const CreatePat = z.strictObject(wanted).refine(namesOne, eitherOr);
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

/** 32 bytes in base64url, in one spelling: the last letter carries bits that have to be zero. */
export const base64UrlOf32 = () => z.string().regex(/^[\w-]{42}[AEIMQUYcgkosw048]$/, { error: 'not 32 bytes in base64url' });

/**
 * A token for a program on the person's own machine, by way of their browser (RFC 8252 and 7636). `challenge` is the SHA-256
 * of a verifier that only this program knows: whoever comes for the token has to bring it, so a code that was seen on its
 * way is worth nothing.
 */
export const ApproveHandoff = z.strictObject({ ...wanted, challenge: base64UrlOf32() }).refine(namesOne, eitherOr);
export type ApproveHandoff = z.infer<typeof ApproveHandoff>;
export const HandoffApproved = z.object({ code: id('handoffCode'), expires_at: isoTimeText() });
export type HandoffApproved = z.infer<typeof HandoffApproved>;
/** `verifier` is text of which the challenge is the hash. */
export const ClaimHandoff = z.strictObject({ code: id('handoffCode'), verifier: base64UrlOf32() });
export type ClaimHandoff = z.infer<typeof ClaimHandoff>;
