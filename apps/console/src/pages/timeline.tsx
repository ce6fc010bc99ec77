import { replaySession } from '@argus/client/log-requests.ts';
import type { SessionView } from '@argus/protocol/http/shapes.ts';
import type { ReplayStep } from '@argus/protocol/replay.ts';
import { useData } from '../api/use-data.ts';
import { StepCame, StepTitle, StepWith } from '../step.tsx';
import { exactly, ofDay } from '../ui/time.ts';
import { Shown } from './page.tsx';

/** Each step as the tenant's log has it, with the entry it stands in. */
export function Timeline({ session }: { readonly session: SessionView }) {
  const seen = useData(replaySession(session.session_id), ['sessions', 'events']);
  return (
    <Shown seen={seen}>
      {({ steps, size }) => (
        <>
          <ol className="timeline timeline-of-day">
            {steps.map((step) => (
              <Step key={step.index} step={step} session={session} />
            ))}
          </ol>
          <p className="muted">From the tenant’s log of {size} entries. What a machine answered is not in it; its digest and signature are. Where the consent has results kept, only the tenant opens them.</p>
        </>
      )}
    </Shown>
  );
}

const DAY_MS = 86_400_000;
/** Of the day the session began only the time is said; whoever wants it all points at it. */
function Step({ step, session }: { readonly step: ReplayStep; readonly session: SessionView }) {
  const at = Date.parse(step.at);
  return (
    <li>
      <time dateTime={step.at} title={exactly(at)} className="timeline-time numbers">
        {at - Date.parse(session.created_at) < DAY_MS ? ofDay(at) : exactly(at)}
      </time>
      <div className="timeline-what">
        <p className="cell-row wrap">
          <strong>
            <StepTitle step={step} />
          </strong>
          <StepCame step={step} />
        </p>
        <StepWith step={step} />
        {step.reason && step.reason !== session.reason ? <p className="muted wrap-anywhere">“<bdi>{step.reason}</bdi>”</p> : null}
        <p className="muted mono">
          entry {step.index}
          {step.answer && step.answer.index !== step.index ? ` · answer ${step.answer.index}` : ''}
          {step.answer?.result_sha256 ? ` · sha256 ${step.answer.result_sha256.slice(0, 12)}…` : ''}
          {step.answer?.result ? (step.answer.result === 'kept_sealed' ? ' · result kept, sealed to the tenant' : ' · digest only') : ''}
          {step.answer?.agent_signature ? ' · signed by the machine' : ''}
        </p>
      </div>
    </li>
  );
}
