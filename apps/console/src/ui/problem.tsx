import type { ClientProblem } from '@argus/client/problem.ts';
import { Icon } from './icon.tsx';

/** What a server said, or did not; or a sentence of our own. */
export type Trouble = ClientProblem | string;

const AWAY: Readonly<Record<Extract<ClientProblem, { kind: 'unreachable' }>['why'], string>> = {
  no_route: 'The server cannot be reached.',
  untrusted_certificate: 'The certificate of the server is not one this browser trusts.',
  timed_out: 'The server did not answer in time.',
  broken_off: 'The answer broke off.',
};
export const problemTitle = (problem: ClientProblem): string =>
  problem.kind === 'refused' ? problem.title : problem.kind === 'unreachable' ? AWAY[problem.why] : 'Something answered that is not Argus.';
export const problemHint = (problem: ClientProblem): string =>
  problem.kind === 'refused' ? problem.hint : problem.kind === 'unreachable' ? 'Look at your network; this page tries again by itself.' : 'A proxy may stand in between. Reload the page.';

/** What happened, why, what to do: in the words of the server where it has spoken. */
export function ProblemNote({ problem }: { readonly problem: Trouble }) {
  if (typeof problem === 'string') {
    return (
      <div className="note note-bad" role="alert">
        <Icon shape="alerts" />
        <p>{problem}</p>
      </div>
    );
  }
  return (
    <div className="note note-bad" role="alert">
      <Icon shape="alerts" />
      <div>
        <p>
          <strong>{problemTitle(problem)}</strong>
          {problem.kind === 'refused' ? <code className="code"> {problem.code}</code> : null}
        </p>
        <p>{problemHint(problem)}</p>
        {problem.kind === 'refused' && problem.problems ? (
          <ul>
            {problem.problems.map((one) => (
              <li key={one}>{one}</li>
            ))}
          </ul>
        ) : null}
        {problem.kind === 'refused' ? <p className="muted mono">{problem.request_id}</p> : null}
      </div>
    </div>
  );
}
