/** A step of a session in words, the same in the room, on the page of the session and in the replay. */
import type { ReplayStep } from '@argus/protocol/replay.ts';
import { Badge } from './ui/badge.tsx';
import { questionOf, stepSays, titleOf, withWords } from './words.ts';

export const StepTitle = ({ step }: { readonly step: ReplayStep }) => <bdi className={step.command === undefined || questionOf(step) ? undefined : 'mono'}>{titleOf(step)}</bdi>;

export function Came({ said: { tone, says, why } }: { readonly said: ReturnType<typeof stepSays> }) {
  return (
    <>
      <Badge tone={tone}>
        <bdi>{says}</bdi>
      </Badge>
      {why === null ? null : <bdi className="muted">{why}</bdi>}
    </>
  );
}
export const StepCame = ({ step }: { readonly step: ReplayStep }) => <Came said={stepSays(step)} />;

/** In words what needs them, and all of it exactly for who opens it. */
export function StepWith({ step }: { readonly step: ReplayStep }) {
  const { args = {} } = step;
  const words = withWords(step);
  return (
    <>
      {words === null ? null : (
        <p className="muted wrap-anywhere">
          <bdi>{words}</bdi>
        </p>
      )}
      {Object.keys(args).length === 0 && step.answer?.code === undefined ? null : (
        <details className="as-logged">
          <summary>As it stands in the log</summary>
          <pre className="exact" tabIndex={0}>
            {JSON.stringify({ type: step.type, ...(step.command !== undefined && { command: step.command }), args, ...(step.answer && { outcome: step.answer.outcome, code: step.answer.code }) }, null, 2)}
          </pre>
        </details>
      )}
    </>
  );
}
