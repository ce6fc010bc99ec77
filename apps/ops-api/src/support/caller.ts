import type { Denial } from '@argus/protocol/errors.ts';
import type { WayIn } from '../gates/cf-access.ts';
import type { From } from '../people/logins.ts';
import type { Principal } from '../people/principal.ts';

/** Who is at the door, as far as anybody has looked. Looking further is a function call. */
export type Caller = {
  readonly ip: string;
  readonly fromOperatorNetwork: boolean;
  /** The other way past the first gate. Only for callers outside, and only when they brought an assertion. */
  readonly access?: WayIn | undefined;
  readonly opsTokenMatches: () => boolean;
  readonly principal: () => Promise<Principal | null>;
  /** Of who comes with a cookie: that it is not our page they come from. */
  readonly pageProblem?: () => Denial | null;
  /** The same of who is about to sign in. */
  readonly signInProblem?: () => Denial | null;
  readonly from?: From;
  readonly hasSecretInQuery?: boolean; // one that was shown to every proxy on the way opens nothing
};
