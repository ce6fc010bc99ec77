/**
 * A passkey over one request and no other: its challenge is the hash of the activation, the very text of an operator proof.
 * One touch confirms the sign-in for it, and is the proof a tenant's receipt may ask for.
 */
import type { Clock } from '@argus/kit/clock.ts';
import { readAssertion } from '@argus/keys/webauthn/assert.ts';
import { assertionOf, proofChallenge } from '@argus/keys/operator-proof.ts';
import { proofText, type OperatorProof, type ProvedActivation } from '@argus/protocol/operator-proof.ts';
import { recordRefusal, type RefusalDeps } from '../support/refusal.ts';
import type { Principal } from '../people/principal.ts';
import type { Site } from './site.ts';
import type { PasskeyStore } from './store.ts';
import { count } from './use.ts';

export type ForRequestDeps = RefusalDeps & { readonly clock: Clock; readonly site: () => Site | null; readonly passkeys: Pick<PasskeyStore, 'ofUser' | 'used'> };
export type OverRequest = {
  readonly asked: ProvedActivation;
  readonly nonce: string; //     of the request
  readonly timestamp: string; // of the request
  readonly proof: OperatorProof | undefined;
};

/** Was this very request signed just now, by a passkey of the person who is signed in? The nonce of the request counts once. */
export const makeAssertedFor =
  (deps: ForRequestDeps) =>
  async ({ login, operator, tokenId }: Principal, { asked, nonce, timestamp, proof }: OverRequest): Promise<boolean> => {
    const { clock, passkeys } = deps;
    const site = deps.site();
    if (!login || site === null || proof?.kind !== 'passkey' || proof.nonce !== nonce || proof.timestamp !== timestamp || asked.operator !== operator) return false;
    const passkey = (await passkeys.ofUser(login.user)).find(({ publicKey }) => publicKey === proof.public_key);
    const assertion = assertionOf(proof);
    if (!passkey || !assertion) return false;
    const challenge = proofChallenge(proofText(asked, proof));
    const read = readAssertion(assertion, { alg: passkey.alg, public_key: passkey.publicKey }, { challenge, origins: site.origins, rpId: site.rpId });
    if (!read.ok || (await count({ clock, passkeys }, passkey, read.value.counter))) return read.ok;
    await recordRefusal(deps, { at: clock.now(), type: 'login_confirmed', phase: 'fact', tenant: null, operator, by: 'operator', reason: 'the counter of the passkey did not go up', args: { user: login.user, login: tokenId }, outcome: 'refused', code: 'passkey_copied' });
    return false;
  };
export type AssertedFor = ReturnType<typeof makeAssertedFor>;
