/**
 * Signing in with a passkey and nothing else: the browser offers those it has, and the one that is used says who it is. It
 * was unlocked by its user, so it is two factors in one touch, and the sign-in counts as confirmed.
 */
import { toBase64 } from '@argus/kit/bytes.ts';
import { isoTime } from '@argus/kit/clock.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { deny, type Denial } from '@argus/protocol/errors.ts';
import type { SignInWays } from '@argus/protocol/http/auth.ts';
import type { PasskeyAsked, UsePasskey } from '@argus/protocol/http/passkeys.ts';
import { UNAUTHENTICATED } from '../audit/attempt.ts';
import type { AuthMode, From, Logins, Opened } from '../people/logins.ts';
import { comeBack, type SignInLimits } from '../people/sign-in-limits.ts';
import type { UserStore } from '../people/store.ts';
import { recordRefusal, type RefusalDeps } from '../support/refusal.ts';
import type { Asked } from './challenges.ts';
import { makeUsePasskey, type UseDeps } from './use.ts';

export type PasskeySignInDeps = RefusalDeps &
  UseDeps & {
    readonly mode: AuthMode;
    readonly users: Pick<UserStore, 'byId'>;
    readonly logins: Pick<Logins, 'open'>;
    readonly limits: Pick<SignInLimits, 'take' | 'giveBack'>;
  };

const ASKED: Asked = { for: 'sign_in', login: null };

export function makePasskeySignIn(deps: PasskeySignInDeps) {
  const use = makeUsePasskey(deps);

  async function refuse(from: From, operator: string | null, { denial, reason }: { readonly denial: Denial; readonly reason: string }): Promise<Result<never, Denial>> {
    await recordRefusal(deps, { at: deps.clock.now(), type: 'sign_in_refused', phase: 'fact', tenant: null, operator: operator ?? UNAUTHENTICATED, ip: from.ip, by: 'operator', reason, outcome: 'refused', code: denial.code });
    return err(denial);
  }

  return {
    ways: async (): Promise<Result<SignInWays, Denial>> => ok({ mode: deps.mode, passkeys: deps.mode === 'local' && deps.site() !== null }),
    /** Nothing is stored and nothing is looked up: whoever asks, and however often, costs a MAC. */
    async begin(): Promise<Result<PasskeyAsked, Denial>> {
      const site = deps.site();
      if (deps.mode !== 'local' || site === null) return err(deny('sign_in_off'));
      const { challenge, until } = deps.challenges.issue(ASKED);
      return ok({ challenge: toBase64(challenge), rp_id: site.rpId, expires_at: isoTime(until), allow: [] });
    },

    async signIn(from: From, body: UsePasskey): Promise<Result<Opened, Denial>> {
      if (deps.mode !== 'local') return err(deny('sign_in_off'));
      const waits = await deps.limits.take('address', from.ip);
      if (waits !== null) return refuse(from, null, { denial: comeBack(waits), reason: 'too many tries from this address' });
      const used = await use(body, ASKED, null);
      if (!used.ok) {
        const { denial, passkey } = used.error;
        // That there is a copy is known by somebody who signed with it; everybody else learns nothing.
        const isCopy = denial.code === 'passkey_copied';
        const user = isCopy && passkey ? await deps.users.byId(passkey.user) : null;
        return refuse(from, user?.email ?? null, { denial: isCopy ? denial : deny('sign_in_refused'), reason: 'a passkey that was not taken' });
      }
      const user = await deps.users.byId(used.value.user);
      if (user?.state !== 'active') return refuse(from, user?.email ?? null, { denial: deny('sign_in_refused'), reason: 'the account is disabled' });
      const opened = await deps.logins.open(user, from, { proof: 'passkey', confirmedBy: 'passkey' });
      if (opened.ok) await deps.limits.giveBack('address', from.ip);
      return opened;
    },
  };
}
export type PasskeySignIn = ReturnType<typeof makePasskeySignIn>;
