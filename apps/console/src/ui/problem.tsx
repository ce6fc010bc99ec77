import type { ClientProblem } from '@argus/client/problem.ts';
import { Icon } from './icon.tsx';
import { problemHint, problemTitle } from './problem-words.ts';

/** What a server said, or did not; or a sentence of our own. */
export type Trouble = ClientProblem | string;

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
