/** Callers outside the operator networks, vouched for by a team whose one key is made here. */
import { assertionBy, certsOf, claimsOf, newSigner, SETTINGS } from '../apps/ops-api/test/access.ts';
import { ASSERTION_HEADER, createAccess, type Access } from '../apps/ops-api/src/access/access.ts';
import type { Clock } from '@argus/kit/clock.ts';
import { ok } from '@argus/kit/result.ts';

export const signer = newSigner('key-1');
export const OUTSIDE = '203.0.113.9';

/** The way in, with the team's keys from memory. */
export const accessOf = (clock: Clock): Access =>
  createAccess(SETTINGS, { clock, jwks: { fetch: async () => ok(certsOf(signer)) }, log: () => undefined });

export const vouchedFor = (email: string, over: Readonly<Record<string, unknown>> = {}) => ({
  [ASSERTION_HEADER]: assertionBy(signer, { claims: claimsOf({ email, ...over }) }),
});
