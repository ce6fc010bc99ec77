/** Why there is no answer, and what to do. Reads are asked for again by themselves; what changes something never is. */
import type { ClientProblem } from '@argus/client/problem.ts';

type Unreachable = Extract<ClientProblem, { kind: 'unreachable' }>;
const AWAY: Readonly<Record<Unreachable['why'], string>> = {
  no_route: 'The server cannot be reached.',
  untrusted_certificate: 'The certificate of the server is not one this browser trusts.',
  timed_out: 'The server did not answer in time.',
  broken_off: 'The answer broke off.',
};
const away = ({ why, writes }: Unreachable): readonly [string, string] =>
  writes ? ['The server did not answer.', 'Whether it was done is not known: look at the state before you try again.'] : [AWAY[why], 'Look at your network; this page tries again by itself.'];

export const problemTitle = (problem: ClientProblem): string =>
  problem.kind === 'refused' ? problem.title : problem.kind === 'unreachable' ? away(problem)[0] : 'Something answered that is not Argus.';
export const problemHint = (problem: ClientProblem): string =>
  problem.kind === 'refused' ? problem.hint : problem.kind === 'unreachable' ? away(problem)[1] : 'A proxy may stand in between. Reload the page.';
