import type { Gate } from '@argus/kit/gate.ts';
import { deny, type Denial } from '@argus/protocol/errors.ts';
import type { WayIn } from '../gates/cf-access.ts';
import type { Action } from './actions.ts';

/**
 * The sign-in behind a request, when it was last confirmed, and the headers that stand for it. They are of that sign-in and
 * of no other, so nobody confirms in their own name and acts in another's.
 */
export type StepUp = { readonly confirmedAt: number | null; readonly credential: Readonly<Record<string, string>> };
/** How long a confirmation counts. In code on purpose. */
export const STEP_UP_FRESH_MS = 5 * 60_000;

export type ProxyFacts = {
  readonly access: WayIn | undefined;
  readonly fromOperatorNetwork: boolean;
  readonly stepUp: () => Promise<StepUp | null>;
  readonly now: number;
  readonly origin: string | undefined;
  readonly ownOrigin: string;
  readonly method: string | undefined;
  readonly action: Action | null;
  readonly contentType: string | undefined;
};

/** All of it is climbed before the body is read. The ops API asks for itself again, whatever was decided here. */
export const proxyLadder: readonly Gate<ProxyFacts, Denial>[] = [
  {
    name: 'way_in',
    check: async (f) => {
      const verdict = await f.access?.();
      if (verdict?.ok) return null;
      if (!f.fromOperatorNetwork) return verdict ? verdict.error.denial : deny('ip_not_allowlisted');
      return isFresh(await f.stepUp(), f.now) ? null : deny('step_up_required');
    },
  },
  // What brought the caller in may travel by itself with any page's request; its origin does not lie.
  { name: 'origin', check: (f) => (f.origin === f.ownOrigin ? null : deny('foreign_origin')) },
  { name: 'action', check: (f) => (f.action ? null : deny('not_found')) },
  { name: 'method', check: (f) => (f.method === 'POST' ? null : deny('method_not_allowed')) },
  { name: 'json', check: (f) => (/^application\/json *(;|$)/i.test(f.contentType ?? '') ? null : deny('unsupported_media_type')) },
];

const isFresh = (stepUp: StepUp | null, now: number): boolean =>
  stepUp !== null && stepUp.confirmedAt !== null && stepUp.confirmedAt <= now && now - stepUp.confirmedAt <= STEP_UP_FRESH_MS;
