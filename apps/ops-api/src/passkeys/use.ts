/**
 * One touch of a passkey, checked whole: that it is one of this user's, signed for this site over what was asked, with its
 * user verified, once, and by an authenticator that was not copied. What cannot be undone comes last.
 */
import { fromBase64 } from '@argus/kit/bytes.ts';
import type { Clock } from '@argus/kit/clock.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { counterProblem, readAssertion } from '@argus/keys/webauthn/assert.ts';
import { assertionOf } from '@argus/keys/operator-proof.ts';
import { deny, denyWith, type Denial } from '@argus/protocol/errors.ts';
import type { UsePasskey } from '@argus/protocol/http/passkeys.ts';
import type { UserId } from '@argus/protocol/ids.ts';
import type { Asked, Challenges } from './challenges.ts';
import type { Site } from './site.ts';
import type { Passkey, PasskeyStore } from './store.ts';

export type UseDeps = { readonly clock: Clock; readonly site: () => Site | null; readonly passkeys: Pick<PasskeyStore, 'byCredential' | 'used'>; readonly challenges: Challenges };

/** `because` goes into the record; the caller is told the code, and of their own passkey why. */
export type UseRefusal = { readonly denial: Denial; readonly passkey: Passkey | null };
const refused = (why: string, passkey: Passkey | null): Result<never, UseRefusal> => err({ denial: denyWith('passkey_refused', { problems: [why] }), passkey });

export function makeUsePasskey({ clock, site: siteNow, passkeys, challenges }: UseDeps) {
  /** `user` null: whoever it is by the passkey. */
  return async function use(body: UsePasskey, asked: Asked, user: UserId | null): Promise<Result<Passkey, UseRefusal>> {
    const [site, credentialId, assertion] = [siteNow(), fromBase64(body.credential_id), assertionOf(body)];
    if (site === null || credentialId === null || assertion === null) return refused('there are no passkeys on this server', null);
    const passkey = await passkeys.byCredential(credentialId);
    if (passkey === null || (user !== null && passkey.user !== user)) return refused('it is none of yours', null);
    const challenge = challenges.of(assertion.clientData, asked);
    if (challenge === null) return refused('its challenge is over, or was for something else', passkey);
    const read = readAssertion(assertion, { alg: passkey.alg, public_key: passkey.publicKey }, { challenge, origins: site.origins, rpId: site.rpId });
    if (!read.ok) return refused(read.error, passkey);
    if (!(await challenges.spend(challenge, asked))) return refused('its challenge was used before', passkey);
    return (await count({ passkeys, clock }, passkey, read.value.counter)) ? ok(passkey) : err({ denial: copied(), passkey });
  };
}

export const copied = (): Denial => deny('passkey_copied');

/** Two copies of one authenticator count apart. Decided where it is stored, so that of two at once one is found out. */
export async function count({ passkeys, clock }: { readonly passkeys: Pick<PasskeyStore, 'used'>; readonly clock: Clock }, passkey: Passkey, counter: number): Promise<boolean> {
  return counterProblem(passkey.counter, counter) === null && passkeys.used(passkey.id, counter, clock.now());
}
