/** The people who sign in, and who may change them. */
import { z } from 'zod';
import { id } from '../ids.ts';
import { isoTimeText, plainWords, reason } from '../text.ts';

export const ROLES = ['owner', 'admin', 'operator', 'viewer'] as const;
/** What each is for, to whoever chooses one. */
export const ROLE_SAYS: Readonly<Record<(typeof ROLES)[number], string>> = {
  owner: 'Everything, and everybody: also other owners.',
  admin: 'Everything but owners and other admins.',
  operator: 'Arms, opens sessions and runs commands; reads the records of its tenants.',
  viewer: 'Looks, and changes nothing. Bound to one tenant it is how that tenant reads its own log.',
};
export const USER_TENANTS_MAX = 100;

const EMAIL_MAX = 254;
export const email = () =>
  z
    .string()
    .trim()
    .max(EMAIL_MAX)
    .refine((typed) => typed.normalize('NFC').toLowerCase().length <= EMAIL_MAX, { error: `is longer than ${EMAIL_MAX} characters` }) // as it is kept: small letters can be more than large ones
    .regex(/^[^\s@\p{C}]{1,64}@[^\s@\p{C}]{1,189}$/u, { error: 'not an e-mail address' });
const role = () => z.enum(ROLES, { error: `not one of ${ROLES.join(', ')}` });
const tenants = () => z.array(id('tenant')).min(1).max(USER_TENANTS_MAX);
const reach = () => z.union([z.literal('all'), z.array(id('tenant'))]);

export const UserView = z.object({
  user_id: id('user'),
  email: z.string(),
  name: z.string(),
  role: role(),
  tenants: reach(),
  state: z.enum(['active', 'disabled', 'removed']),
  locked: z.boolean(), // rests after too many mistakes
  second_factor: z.boolean(),
  created_at: isoTimeText(),
  created_by: z.string(),
  last_sign_in_at: isoTimeText().nullable(),
});
export type UserView = z.infer<typeof UserView>;
export const UserList = z.object({ users: z.array(UserView) });
export type UserList = z.infer<typeof UserList>;

/** Without tenants: as far as whoever invites reaches. */
export const InviteUser = z.strictObject({ email: email(), role: role(), tenants: tenants().optional() });
export type InviteUser = z.infer<typeof InviteUser>;
/** The link is shown once: whoever has it becomes that user. */
export const Invited = z.object({ email: z.string(), role: role(), tenants: reach(), link: z.string(), expires_at: isoTimeText() });
export type Invited = z.infer<typeof Invited>;

export const ChangeUser = z
  .strictObject({ role: role().optional(), tenants: z.union([z.literal('all'), tenants()]).optional(), state: z.enum(['active', 'disabled']).optional(), reason: reason() })
  .refine((body) => body.role !== undefined || body.tenants !== undefined || body.state !== undefined, { error: 'has to name role, tenants or state' });
export type ChangeUser = z.infer<typeof ChangeUser>;
export const WithReason = z.strictObject({ reason: reason() });
export type WithReason = z.infer<typeof WithReason>;

export const nameOfPerson = () => plainWords(1, 100);
