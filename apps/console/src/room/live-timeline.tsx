import { memo, useState } from 'react';
import type { SessionView } from '@argus/protocol/http/shapes.ts';
import { StepCame, StepTitle, StepWith } from '../step.tsx';
import { Button } from '../ui/button.tsx';
import { Icon } from '../ui/icon.tsx';
import { ProblemNote } from '../ui/problem.tsx';
import { exactly, ofDay } from '../ui/time.ts';
import type { ProvedStep } from './proved.ts';
import { useSteps, type Growth } from './use-steps.ts';

/** So many are drawn; the rest on demand. */
const DRAWN = 40;

/** What happens, newest first, as it stands in the tenant's log: read from the entries and checked here, one by one. */
export const LiveTimeline = memo(function LiveTimeline({ session }: { readonly session: SessionView }) {
  const { steps, head, growth, untrue, problem } = useSteps(session);
  const [all, setAll] = useState(false);
  return (
    <>
      {problem === null ? null : <ProblemNote problem={problem} />}
      {untrue === null ? null : (
        <p className="note note-bad" role="alert">
          <Icon shape="alerts" />
          <span>What the server shows does not hold: {untrue}. Do not go on here; tell the tenant, and have the log checked.</span>
        </p>
      )}
      {growth === 'forked' ? (
        <p className="note note-bad" role="alert">
          <Icon shape="alerts" />
          <span>The log is another one than a moment ago: its checkpoints do not follow from each other. Do not go on here; tell the tenant, and have the log checked.</span>
        </p>
      ) : null}
      {head === null && problem === null ? <div className="bones" role="status" aria-label="Loading" /> : null}
      <ol className="timeline timeline-live" aria-label="What happened, newest first">
        {(all ? steps : steps.slice(0, DRAWN)).map((step) => (
          <Step key={step.index} step={step} />
        ))}
      </ol>
      {!all && steps.length > DRAWN ? <Button onPress={() => setAll(true)}>Show all {steps.length}</Button> : null}
      {head === null ? null : <p className="muted">{sizeWords(head.size, growth)} What a machine answered is not in it; its digest and signature are.</p>}
    </>
  );
});

const sizeWords = (size: number, growth: Growth): string =>
  `The tenant’s log has ${size} entries${growth === 'grown' ? '; while you watched it only grew, checked here' : growth === 'unasked' ? '; whether it only grew could not be asked' : ''}.`;

function Step({ step }: { readonly step: ProvedStep }) {
  const { command, reason } = step;
  return (
    <li>
      <div className="timeline-what">
        <p className="cell-row wrap">
          <strong>
            <StepTitle step={step} />
          </strong>
          <StepCame step={step} />
          <time className="timeline-time numbers" dateTime={step.at} title={exactly(Date.parse(step.at))}>
            {ofDay(Date.parse(step.at))}
          </time>
        </p>
        <StepWith step={step} />
        {reason && step.is === 'asked' && command === undefined ? <p className="muted wrap-anywhere">“{reason}”</p> : null}
        <ProofLine step={step} />
      </div>
    </li>
  );
}

function ProofLine({ step: { index, under, answer } }: { readonly step: ProvedStep }) {
  const places = `entry ${index}${answer && answer.index !== index ? ` and ${answer.index}` : ''}`;
  if (under === null)
    return (
      <p className="step-proof says-bad">
        <Icon shape="alerts" size={14} /> {places}: does not stand in the log it came with
      </p>
    );
  return (
    <p className="step-proof muted">
      <Icon shape="check" size={14} /> {places} under checkpoint {under}, checked here{answer?.agent_signature ? ' · signed by the machine' : ''}
    </p>
  );
}
