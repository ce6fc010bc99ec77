/** Why the API gave no answer, for a tool result: what it said as it said it, and ours in the same shape. */
import type { ClientProblem } from '@argus/client/problem.ts';
import type { ToolProblem } from './server.ts';

export function toolProblem(problem: ClientProblem): ToolProblem & Readonly<Record<string, unknown>> {
  switch (problem.kind) {
    case 'refused': {
      const { kind: _, ...said } = problem;
      return said;
    }
    case 'unreachable':
      return { code: problem.why, title: 'The ops API did not answer', hint: 'Nothing is known of what became of it.' };
    case 'unreadable':
      return { code: problem.kind, title: `Something answered ${problem.status}, and not as an ops API does` };
    default:
      return problem satisfies never;
  }
}
