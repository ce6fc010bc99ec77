import { replaySession } from '@argus/client/log-requests.ts';
import type { SessionView } from '@argus/protocol/http/shapes.ts';
import type { ReplayStep } from '@argus/protocol/replay.ts';
import { useData } from '../api/use-data.ts';
import { Badge } from '../ui/badge.tsx';
import { exactly } from '../ui/time.ts';
import { outcomeTone, questionOf } from '../words.ts';
import { Shown } from './page.tsx';

/** Each step as the tenant's log has it, with the entry it stands in. */
export function Timeline({ session }: { readonly session: SessionView }) {
  const seen = useData(replaySession(session.session_id), ['sessions', 'events']);
  return (
    <Shown seen={seen}>
      {({ steps, size }) => (
        <>
          <ol className="timeline">
            {steps.map((step) => (
              <Step key={step.index} step={step} />
            ))}
          </ol>
          <p className="muted">From the tenant’s log of {size} entries. What a machine answered is not in it; its digest and signature are. Where the consent has results kept, only the tenant opens them.</p>
        </>
      )}
    </Shown>
  );
}

function Step({ step }: { readonly step: ReplayStep }) {
  const outcome = step.answer?.outcome ?? null;
  const question = questionOf(step);
  return (
    <li>
      <span className="timeline-time numbers" title={step.at}>
        {exactly(Date.parse(step.at))}
      </span>
      <div className="timeline-what">
        <p>
          {question ? <strong>{question.asks}</strong> : <strong className="mono">{step.command ?? step.type}</strong>}{' '}
          <Badge tone={question ? 'calm' : outcomeTone(outcome)}>{question ? `the answer was: ${question.answer}` : step.answer ? (step.answer.code ?? step.answer.outcome) : 'no answer yet'}</Badge>
        </p>
        {step.args && !question ? <p className="mono muted wrap-anywhere">{JSON.stringify(step.args)}</p> : null}
        {step.reason ? <p className="muted wrap-anywhere">“<bdi>{step.reason}</bdi>”</p> : null}
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
