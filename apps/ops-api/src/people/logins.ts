import { isoTime, type Clock } from '@argus/kit/clock.ts';
import { toBase64Url } from '@argus/kit/bytes.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import type { Random } from '@argus/keys/random.ts';
import { newLoginSecret, type SecretHash } from '@argus/keys/secrets.ts';
import type { Denial } from '@argus/protocol/errors.ts';
import type { LoginShown } from '@argus/protocol/http/auth.ts';
import { mustId, newHandle, parseId, type CsrfToken, type LoginId, type LoginSecret } from '@argus/protocol/ids.ts';
import type { EventType } from '@argus/protocol/leaf.ts';
import { cleanText, redactKeys } from '@argus/protocol/text.ts';
import type { Attempt } from '../audit/attempt.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Deed, Log } from '../ports.ts';
import type { Custody } from '../sessions/custody.ts';
import type { LoginPrincipal } from './principal.ts';
import { scopesOf } from './roles.ts';
import { STEP_UP_FRESH_MS } from './step-up.ts';
import type { Checked, LoginStore, UserStore } from './store.ts';
import { isOpen, LOGIN_TIMES, userView, type Confirmation, type Login, type LoginTimes, type Proof, type User } from './user.ts';

/**
 * The sign-ins of people: opened, found by their cookie, confirmed, ended.
 *
 * The seam for other ways to sign in (passkeys, an identity provider): whoever has checked who it is calls `open` with the
 * user and the proof, and answers with what comes back, as `sign-in.ts` does. Limits, events and cookies are the same then.
 * `confirm` is how a second factor that was checked elsewhere counts as step-up.
 */
export type LoginsDeps = {
  readonly clock: Clock;
  readonly random: Random;
  readonly secretHash: SecretHash;
  readonly ledger: Pick<Ledger, 'append'>;
  readonly users: Pick<UserStore, 'byId'>;
  readonly logins: LoginStore;
  readonly custody: Pick<Custody, 'beginClosing' | 'endAllOfToken'>;
  readonly log: Log;
  /** `disabled`: nobody is signed in, whatever cookie they have. */
  readonly mode: AuthMode;
  readonly times?: LoginTimes;
  /** Pages are told that they may ask for sessions here. */
  readonly oneClick?: boolean;
};
export const AUTH_MODES = ['local', 'oidc', 'disabled'] as const;
export type AuthMode = (typeof AUTH_MODES)[number];

/** Where a request came from. `secret`: of the cookie it brought, if any. */
export type From = { readonly ip: string; readonly userAgent: string | undefined; readonly secret: LoginSecret | null };
/** Somebody who is signed in, at the door of their own account. */
export type Person = From & { readonly principal: LoginPrincipal; readonly secret: LoginSecret };
/** `checked`: what a password was compared with, when one was. What changed meanwhile opens nothing: a sign-in may wait in the queue for seconds. */
export type Proved = { readonly proof: Proof; readonly confirmedBy?: Confirmation; readonly checked?: Checked | null };
/** The secret goes into the cookie and nowhere else. */
export type Opened = { readonly secret: LoginSecret; readonly shown: LoginShown };

/** How far behind the last request that counts may be: it is no reason to write for every request. */
export const TOUCHED_EVERY_MS = 60_000;
const TOUCHED_MAX = 10_000;
const USER_AGENT_MAX = 256;

export function createLogins(deps: LoginsDeps) {
  const { clock, secretHash, ledger } = deps;
  const times = deps.times ?? LOGIN_TIMES;
  const touched = new Map<LoginId, number>(); // on the clock that cannot jump

  const csrfOf = (secret: LoginSecret): CsrfToken => mustId('csrfToken', `csr_${toBase64Url(secretHash('csrf', secret))}`);

  const shownOf = (login: Login, user: User, secret: LoginSecret): LoginShown => ({
    login_id: login.id,
    user: userView(user),
    scopes: [...scopesOf(user.role)],
    csrf_token: csrfOf(secret),
    expires_at: isoTime(login.expiresAt),
    idle_after_s: times.idleMs / 1_000,
    confirmed_until: login.confirmedAt === null ? null : isoTime(login.confirmedAt + STEP_UP_FRESH_MS),
    recovery_codes_left: user.recoveryCodesLeft,
    factors: { totp: user.totp !== null, passkeys: user.passkeys },
    one_click: deps.oneClick === true,
  });

  async function openRow(secret: LoginSecret | null) {
    const found = secret && deps.mode !== 'disabled' ? await deps.logins.bySecretHash(secretHash('login', secret)) : null;
    return found && isOpen(found.login, found.user, { now: clock.now(), idleMs: times.idleMs }) ? found : null;
  }

  /** From this moment their sessions are over on this node; every other one reads it in the rows. */
  async function putOut(ids: readonly LoginId[], who: { readonly operator: string; readonly ip: string }): Promise<void> {
    const ending = { by: 'deactivate', actor: 'operator', ...who, reason: 'the sign-in it was opened with has ended' } as const;
    for (const id of ids)
      await deps.custody.endAllOfToken(id, ending).catch((problem: unknown) => deps.log('error', 'signed_out_but_sessions_not_ended_yet', { login: id, problem: String(problem) }));
  }

  return {
    csrfOf,
    /** Who is signed in with this cookie; null: nobody. */
    async find(secret: LoginSecret | null): Promise<LoginPrincipal | null> {
      const found = await openRow(secret);
      if (!found) return null;
      const { login, user } = found;
      return { tokenId: login.id, operator: user.email, scopes: scopesOf(user.role), tenants: user.tenants, login: { user: user.id, role: user.role, confirmedAt: login.confirmedAt } };
    },
    async show({ secret }: Pick<Person, 'secret'>): Promise<LoginShown | null> {
      const found = await openRow(secret);
      return found && shownOf(found.login, found.user, secret);
    },
    /** A request that counts. Noting costs it nothing. */
    note(id: LoginId): void {
      const now = clock.elapsed();
      if (now - (touched.get(id) ?? Number.NEGATIVE_INFINITY) < TOUCHED_EVERY_MS) return;
      if (touched.size >= TOUCHED_MAX) touched.clear();
      touched.set(id, now);
      deps.logins.touch(id, clock.now()).catch((problem: unknown) => deps.log('warn', 'activity_not_written', { problem: String(problem) }));
    },

    /**
     * A new secret every time, whatever cookie came with the request: one that somebody planted there opens nothing. The
     * sign-in it replaces ends. `also` is done in the same breath, or nothing is.
     */
    async open(user: User, from: From, { proof, confirmedBy, checked = null }: Proved, also: { readonly type?: EventType; readonly deeds?: readonly Deed[] } = {}): Promise<Result<Opened, Denial>> {
      const at = clock.now();
      const before = (await openRow(from.secret))?.login;
      const secret = newLoginSecret(deps.random);
      const login: Login = {
        id: newHandle('login', deps.random),
        user: user.id,
        createdAt: at,
        expiresAt: at + times.ttlMs,
        activeAt: at,
        proof,
        confirmedAt: confirmedBy === undefined ? null : at,
        confirmedBy: confirmedBy ?? null,
        ip: from.ip,
        userAgent: from.userAgent === undefined ? null : cleanText(redactKeys(from.userAgent), USER_AGENT_MAX),
        endedAt: null,
      };
      const attempt: Attempt = {
        at, type: also.type ?? 'signed_in', phase: 'fact', tenant: null, operator: user.email, ip: from.ip, by: 'operator',
        reason: also.type === undefined ? 'signed in' : 'signed in anew with it', args: { user: user.id, login: login.id, proof }, outcome: 'ok',
      };
      const written = await ledger.append(attempt, [
        ...(also.deeds ?? []),
        ...(before ? [{ do: 'end_logins', user: before.user, logins: [before.id], at } as const] : []),
        { do: 'open_login', login, secretHash: secretHash('login', secret), checked },
      ]);
      if (!written.ok) return written;
      if (before) await putOut([before.id], { operator: user.email, ip: from.ip });
      return ok({ secret, shown: shownOf(login, { ...user, lastSignInAt: at }, secret) });
    },

    /** A second factor was shown just now. */
    async confirm({ principal, ip }: Person, by: Confirmation): Promise<Result<{ readonly at: number }, Denial>> {
      const at = clock.now();
      const written = await ledger.append(
        { at, type: 'login_confirmed', phase: 'fact', tenant: null, operator: principal.operator, ip, by: 'operator', reason: `confirmed by ${by}`, args: { login: principal.tokenId, by }, outcome: 'ok' },
        [{ do: 'confirm_login', login: principal.tokenId, by, at }],
      );
      return written.ok ? ok({ at }) : err(written.error);
    },

    /** Ends sign-ins of one user, and with them every session they opened, on every node. */
    async end(who: { readonly operator: string; readonly ip: string }, what: { readonly user: User['id']; readonly logins: readonly LoginId[]; readonly type: 'signed_out' | 'login_ended'; readonly reason: string }): Promise<Result<number, Denial>> {
      const at = clock.now();
      const reopen = what.logins.map((id) => deps.custody.beginClosing(id));
      try {
        const written = await ledger.append(
          { at, type: what.type, phase: 'fact', tenant: null, operator: who.operator, ip: who.ip, by: 'operator', reason: what.reason, args: { user: what.user, logins: what.logins.length, ...(what.logins[0] && { login: what.logins[0] }) }, outcome: 'ok' },
          [{ do: 'end_logins', user: what.user, logins: what.logins, at }],
        );
        if (!written.ok) return written;
        await putOut(what.logins, who);
        return ok(what.logins.length);
      } finally {
        for (const undo of reopen) undo();
      }
    },
    /** The rows are written already, by another deed: what hangs on them on this node. */
    putOut,
  };
}
export type Logins = ReturnType<typeof createLogins>;

/** Of a cookie's text. */
export const secretOf = (text: string | undefined): LoginSecret | null => parseId('loginSecret', text);
