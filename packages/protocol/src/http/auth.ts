/** Signing in, and what a person does with their own account. The secret of a sign-in is in its cookie and in no body. */
import { z } from 'zod';
import { id } from '../ids.ts';
import { isoTimeText } from '../text.ts';
import { email, nameOfPerson, UserView } from './users.ts';

/** The header of every request that changes something with a cookie. */
export const CSRF_HEADER = 'x-argus-csrf';
/** Of every answer to somebody who is signed in: the id of their user. The cookie may be another person's by then than when the page was drawn. */
export const ANSWER_OF_HEADER = 'x-argus-answer-of';

/** Beside `second_factor_required`, of an account that has a passkey and no authenticator app: pages know it by this very sentence. */
export const SIGNS_IN_WITH_PASSKEY = 'this account signs in with a passkey: POST /v1/auth/passkey/begin';

/** In characters, of a new one; of one that is only compared, the length tells nobody anything. */
export const PASSWORD_MIN = 12;
export const PASSWORD_MAX = 1_024;
const password = () => z.string().min(1).max(PASSWORD_MAX);
const totp = () => z.string().regex(/^\d{6}$/, { error: 'not six digits' });

export const SignIn = z
  .strictObject({ email: email(), password: password(), totp: totp().optional(), recovery_code: z.string().min(10).max(32).optional() })
  .refine((body) => body.totp === undefined || body.recovery_code === undefined, { error: 'has two second factors; one is enough' });
export type SignIn = z.infer<typeof SignIn>;

/** Who is signed in here, and until when. */
export const LoginShown = z.object({
  login_id: id('login'),
  user: UserView,
  scopes: z.array(z.string()),
  csrf_token: id('csrfToken'),
  expires_at: isoTimeText(),
  idle_after_s: z.int(), // without a request that counts
  confirmed_until: isoTimeText().nullable(), // step-up
  recovery_codes_left: z.int(),
  factors: z.object({ totp: z.boolean(), passkeys: z.int() }), // what this person can confirm with
  one_click: z.boolean(), // pages may ask this server to open sessions: it adds the ops token
});
export type LoginShown = z.infer<typeof LoginShown>;
/** How people sign in here: what a page has to know before anybody is signed in. `passkeys`: people reach this server by a name. */
export const SignInWays = z.object({ mode: z.enum(['local', 'oidc', 'disabled']), passkeys: z.boolean() });
export type SignInWays = z.infer<typeof SignInWays>;
export const SignedOut = z.object({ signed_out: z.literal(true) });
export type SignedOut = z.infer<typeof SignedOut>;

export const LoginView = z.object({
  login_id: id('login'),
  created_at: isoTimeText(),
  expires_at: isoTimeText(),
  active_at: isoTimeText(), // at most a minute behind
  proof: z.string(),
  ip: z.string(),
  user_agent: z.string().nullable(),
  current: z.boolean(),
});
export type LoginView = z.infer<typeof LoginView>;
export const LoginList = z.object({ logins: z.array(LoginView) });
export type LoginList = z.infer<typeof LoginList>;
export const LoginsEnded = z.object({ ended: z.int() });
export type LoginsEnded = z.infer<typeof LoginsEnded>;

export const Nothing = z.strictObject({});
export const Confirm = z.strictObject({ totp: totp() });
export type Confirm = z.infer<typeof Confirm>;
export const ChangePassword = z.strictObject({ current: password(), next: password() });
export type ChangePassword = z.infer<typeof ChangePassword>;
/** The password once more: a cookie alone gives nobody a second factor of their own. */
export const BeginTotp = z.strictObject({ password: password() });
export type BeginTotp = z.infer<typeof BeginTotp>;
/** `qr`: rows of 0 and 1, 1 is dark; leave four light modules around them. */
export const TotpBegun = z.object({ otpauth_uri: z.string(), secret: z.string(), qr: z.array(z.string()) });
export type TotpBegun = z.infer<typeof TotpBegun>;
export const RecoveryCodes = z.object({ recovery_codes: z.array(z.string()) });
export type RecoveryCodes = z.infer<typeof RecoveryCodes>;

/** `code` stood in the fragment of the link. An e-mail only where the link names nobody: the owner's own. */
export const Redeem = z.strictObject({ code: id('invitation'), email: email().optional(), name: nameOfPerson(), password: password() });
export type Redeem = z.infer<typeof Redeem>;
export const Redeemed = z.object({ email: z.string(), role: z.string() });
export type Redeemed = z.infer<typeof Redeemed>;
