/** What is kept of people. Changes that belong on record are deeds, committed with their entry; the rest is counting and looking. */
import type { ErrorCode } from '@argus/protocol/errors.ts';
import type { LoginId, TenantId, UserId } from '@argus/protocol/ids.ts';
import type { Role } from './roles.ts';
import type { Wanted } from './issue-pat.ts';
import type { Confirmation, Login, User } from './user.ts';

export type NewUser = Pick<User, 'id' | 'email' | 'name' | 'role' | 'tenants' | 'createdAt' | 'createdBy' | 'passwordHash'> & { readonly totp?: User['totp'] };
/** `email` null: an owner's link. `user`: who begins anew. */
export type InvitationRow = {
  readonly codeHash: Uint8Array;
  readonly email: string | null;
  readonly user: UserId | null;
  readonly role: Role;
  readonly tenants: readonly TenantId[] | null;
  readonly createdBy: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly usedAt: number | null;
};

/** Whom somebody decided about. Who was changed meanwhile is somebody else: nothing is done then. */
type Was = Pick<User, 'role' | 'tenants' | 'state'>;

/** The hash a password was right for, and since when the app counts that was asked for beside it; null: none was. */
export type Checked = { readonly passwordHash: string | null; readonly totpAt: number | null };

/** A token that was approved and not yet made. `challenge`: the hash of what whoever comes for it has to know. */
export type HandoffRow = Omit<Wanted, 'madeBy'> & {
  readonly codeHash: Uint8Array;
  readonly challenge: Uint8Array;
  readonly login: LoginId;
  readonly createdAt: number;
  readonly expiresAt: number;
};

/** `but`: all others, also those that are opened while somebody counts them. */
export type WhichLogins = readonly LoginId[] | 'all' | { readonly but: LoginId };

export type PeopleDeed =
  /** Links made before for the same person are spent with it. For somebody who is there it names their place, and is made only while they have it. */
  | { readonly do: 'invite'; readonly invitation: InvitationRow }
  /** `codeHash` null: the first owner of all, by the link that follows from the master key; only while there is none. */
  | { readonly do: 'join'; readonly codeHash: Uint8Array | null; readonly user: NewUser; readonly at: number }
  /** Another password, no second factor, no sign-in that was. */
  | { readonly do: 'begin_anew'; readonly codeHash: Uint8Array; readonly user: UserId; readonly passwordHash: string; readonly at: number }
  /** What a user may no longer do ends: sign-ins, tokens that reach further, sessions of both, links they made or were made for them. Never the last owner's. */
  | { readonly do: 'change_user'; readonly user: UserId; readonly was: Was; readonly role: Role; readonly tenants: readonly TenantId[] | null; readonly state: 'active' | 'disabled'; readonly scopes: readonly string[]; readonly at: number }
  | { readonly do: 'remove_user'; readonly user: UserId; readonly was: Was; readonly at: number }
  /** Only of a user who is active, and whose password and authenticator app still are what was checked. */
  | { readonly do: 'open_login'; readonly login: Login; readonly secretHash: Uint8Array; readonly checked: Checked | null }
  /** Those of them that are open, and every session that was opened with one. Tells every node. */
  | { readonly do: 'end_logins'; readonly user: UserId; readonly logins: WhichLogins; readonly at: number }
  /** Whoever does what comes behind it is signed in still; otherwise none of it is done. */
  | { readonly do: 'need_login'; readonly login: LoginId }
  | { readonly do: 'confirm_login'; readonly login: LoginId; readonly by: Confirmation; readonly at: number }
  | { readonly do: 'set_password'; readonly user: UserId; readonly was: string | null; readonly passwordHash: string }
  /** The pending one counts from here on; the codes are new. */
  | { readonly do: 'set_totp'; readonly user: UserId; readonly pendingAt: number; readonly step: number; readonly codes: readonly Uint8Array[]; readonly at: number }
  | { readonly do: 'drop_totp'; readonly user: UserId; readonly at: number }
  | { readonly do: 'set_recovery_codes'; readonly user: UserId; readonly codes: readonly Uint8Array[]; readonly at: number }
  /** Only with a sign-in that is open. Those that nobody came for in time go. */
  | { readonly do: 'approve_handoff'; readonly handoff: HandoffRow };
export type PeopleRefusal = Extract<ErrorCode, 'invitation_refused' | 'user_exists' | 'user_not_found' | 'user_changed_meanwhile' | 'last_owner' | 'sign_in_refused' | 'login_not_found' | 'unauthenticated'>;

export interface UserStore {
  byId(id: UserId): Promise<User | null>;
  /** Not one that was removed. */
  byEmail(email: string): Promise<User | null>;
  /** By e-mail, without the removed. `within`: only those that reach no further; null: all. */
  list(within: readonly TenantId[] | null, limit: number): Promise<readonly User[]>;
  hasOwner(): Promise<boolean>;
  invitation(codeHash: Uint8Array): Promise<InvitationRow | null>;
  /** True once per step and user, and never for one before: also when several ask at once. */
  burnTotpStep(id: UserId, step: number): Promise<boolean>;
  burnRecoveryCode(id: UserId, codeHash: Uint8Array, at: number): Promise<boolean>;
  /** The same password at another cost, unless it was changed meanwhile. */
  renewHash(id: UserId, was: string, passwordHash: string): Promise<void>;
  pendTotp(id: UserId, pending: { readonly sealed: Uint8Array; readonly at: number }): Promise<void>;
}

export type LoginWithUser = { readonly login: Login; readonly user: User };
export interface LoginStore {
  bySecretHash(hash: Uint8Array): Promise<LoginWithUser | null>;
  byId(id: LoginId): Promise<Login | null>;
  /** Not ended and not expired, newest first. */
  openOf(user: UserId, now: number): Promise<readonly Login[]>;
  /** Moves the last request that counts on, never back. */
  touch(id: LoginId, at: number): Promise<void>;
}

export interface HandoffStore {
  /** Once, and then it is gone: also when several ask at once, on whichever node. */
  take(codeHash: Uint8Array): Promise<HandoffRow | null>;
}

/** What is counted: how many may be taken within a while, and how long it rests after that. */
export type TurnKind = { readonly max: number; readonly withinMs: number; readonly restMs: number };
export interface SignInTurnStore {
  /** Null: the turn is taken. Otherwise nothing is, and the answer says in how many milliseconds the next one is free. */
  take(key: Uint8Array, kind: TurnKind, now: number): Promise<number | null>;
  /** As if it had not been taken. */
  giveBack(key: Uint8Array): Promise<void>;
  clear(key: Uint8Array): Promise<void>;
  /** Which of these rest now. */
  resting(keys: readonly Uint8Array[], kind: TurnKind, now: number): Promise<readonly boolean[]>;
  /** Forgets what nobody can still be resting for. */
  sweep(before: number): Promise<void>;
}
