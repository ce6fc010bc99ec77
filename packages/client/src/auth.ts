/** A person's own sign-in. It stands in a cookie no script reads; these are for pages. */
import {
  LoginList,
  LoginsEnded,
  LoginShown,
  RecoveryCodes,
  Redeemed,
  SignedOut,
  SignInWays,
  TotpBegun,
  type BeginTotp,
  type ChangePassword,
  type Confirm,
  type Redeem,
  type SignIn,
} from '@argus/protocol/http/auth.ts';
import { HandoffApproved, type ApproveHandoff } from '@argus/protocol/http/pats.ts';
import type { LoginId } from '@argus/protocol/ids.ts';
import { fits } from './read.ts';
import { at, get, post, remove, type Request } from './requests.ts';

export const signInWays = (): Request<SignInWays> => get('/v1/auth/ways', fits(SignInWays));
export const signIn = (body: SignIn): Request<LoginShown> => post('/v1/auth/sign-in', body, fits(LoginShown));
export const redeemLink = (body: Redeem): Request<Redeemed> => post('/v1/auth/redeem', body, fits(Redeemed));
export const showLogin = (): Request<LoginShown> => get('/v1/auth/login', fits(LoginShown));
export const stayHere = (): Request<LoginShown> => post('/v1/auth/here', {}, fits(LoginShown));
export const signOut = (): Request<{ readonly signed_out: true }> => post('/v1/auth/sign-out', {}, fits(SignedOut));
export const listLogins = (): Request<LoginList> => get('/v1/auth/logins', fits(LoginList));
export const endLogin = (login: LoginId): Request<LoginsEnded> => remove(`/v1/auth/logins/${at(login)}`, fits(LoginsEnded));
export const stepUp = (body: Confirm): Request<LoginShown> => post('/v1/auth/confirm', body, fits(LoginShown));
export const changePassword = (body: ChangePassword): Request<LoginShown> => post('/v1/auth/password', body, fits(LoginShown));
export const beginTotp = (body: BeginTotp): Request<TotpBegun> => post('/v1/auth/totp', body, fits(TotpBegun));
export const setTotp = (body: Confirm): Request<RecoveryCodes> => post('/v1/auth/totp/confirm', body, fits(RecoveryCodes));
export const dropTotp = (): Request<LoginShown> => remove('/v1/auth/totp', fits(LoginShown));
export const newRecoveryCodes = (): Request<RecoveryCodes> => post('/v1/auth/recovery-codes', {}, fits(RecoveryCodes));
/** For a program that waits on this machine; it comes for the token itself, with `claimHandoff`. */
export const approveHandoff = (body: ApproveHandoff): Request<HandoffApproved> => post('/v1/auth/handoffs', body, fits(HandoffApproved));
/** Where a page leads the browser to, where people sign in at an identity provider: no request, an address. */
export const oidcAddress = (returnTo: string): string => `/v1/auth/oidc/begin?return_to=${at(returnTo)}`;
