import type { LoginId, TenantId, UserId } from '@argus/protocol/ids.ts';
import { isoTime } from '@argus/kit/clock.ts';
import type { UserView } from '@argus/protocol/http/users.ts';
import { KEEPS_SECOND_FACTOR, type Role } from './roles.ts';

/** Somebody who signs in. Removed is for good; the e-mail is then free for somebody else. */
export type UserState = 'active' | 'disabled' | 'removed';
export type User = {
  readonly id: UserId;
  readonly email: string; // in small letters: one spelling per person
  readonly name: string;
  readonly role: Role;
  readonly tenants: readonly TenantId[] | null; // null: all
  readonly state: UserState;
  readonly createdAt: number;
  readonly createdBy: string;
  /** Null: signs in another way, or not at all. */
  readonly passwordHash: string | null;
  /** Of the authenticator app, sealed; `at`: since when it counts. */
  readonly totp: { readonly sealed: Uint8Array; readonly at: number } | null;
  /** Being set up: it counts from its first code on. */
  readonly totpPending: { readonly sealed: Uint8Array; readonly at: number } | null;
  readonly recoveryCodesLeft: number;
  readonly passkeys: number; // those that were not given up
  readonly lastSignInAt: number | null;
};

/** How somebody showed who they are. A passkey with a finger on it is two factors by itself. */
export const PROOFS = ['password', 'password_totp', 'password_recovery', 'passkey', 'oidc'] as const;
export type Proof = (typeof PROOFS)[number];
export const CONFIRMATIONS = ['totp', 'passkey'] as const;
export type Confirmation = (typeof CONFIRMATIONS)[number];

/** One sign-in of one person in one place. */
export type Login = {
  readonly id: LoginId;
  readonly user: UserId;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly activeAt: number;
  readonly proof: Proof;
  readonly confirmedAt: number | null; // step-up
  readonly confirmedBy: Confirmation | null;
  readonly ip: string;
  readonly userAgent: string | null;
  readonly endedAt: number | null;
};

/** In code on purpose. Settings may shorten both, and nothing makes them longer. */
export const LOGIN_TTL_MS = 12 * 3_600_000;
export const LOGIN_IDLE_MS = 30 * 60_000;
export type LoginTimes = { readonly ttlMs: number; readonly idleMs: number };
export const LOGIN_TIMES: LoginTimes = { ttlMs: LOGIN_TTL_MS, idleMs: LOGIN_IDLE_MS };

export const isOpen = (login: Login, user: Pick<User, 'state'>, { now, idleMs }: { readonly now: number; readonly idleMs: number }): boolean =>
  login.endedAt === null && user.state === 'active' && now < login.expiresAt && now - login.activeAt < idleMs;

/** An authenticator app or a passkey: either is one. */
export const hasSecondFactor = ({ totp, passkeys }: Pick<User, 'totp' | 'passkeys'>): boolean => totp !== null || passkeys > 0;

/** Is a second factor asked for at sign-in? Of whoever has one, unless it is switched off for the roles that may go without. */
export const asksSecondFactor = (user: Pick<User, 'totp' | 'passkeys' | 'role'>, { isOn }: { readonly isOn: boolean }): boolean =>
  hasSecondFactor(user) && (isOn || KEEPS_SECOND_FACTOR.includes(user.role));

export const emailOf = (typed: string): string => typed.trim().normalize('NFC').toLowerCase();

export const userView = (user: User, { isLocked = false } = {}): UserView => ({
  user_id: user.id,
  email: user.email,
  name: user.name,
  role: user.role,
  tenants: user.tenants === null ? 'all' : [...user.tenants],
  state: user.state,
  locked: isLocked,
  second_factor: hasSecondFactor(user),
  created_at: isoTime(user.createdAt),
  created_by: user.createdBy,
  last_sign_in_at: user.lastSignInAt === null ? null : isoTime(user.lastSignInAt),
});
