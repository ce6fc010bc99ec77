import { useEffect, useState, type ReactNode } from 'react';
import type { Replay } from '@argus/client/log-requests.ts';
import type { SessionId } from '@argus/protocol/ids.ts';
import type { ReplayStep } from '@argus/protocol/replay.ts';
import { after } from '../adapters/clock.ts';
import type { PageProps } from '../pages.ts';
import { href, paths } from '../paths.ts';
import { FindingList, Progress, Verdict, WhoSigned } from '../proof/report.tsx';
import { useProof } from '../proof/use-proof.ts';
import { keyOf, moved, proofOf, shownFor, SPEEDS, type Speed, type StepProof } from '../replay/player.ts';
import { useReplay } from '../replay/use-replay.ts';
import { Came, StepCame, StepTitle, StepWith } from '../step.tsx';
import { Badge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { clockWords, exactly } from '../ui/time.ts';
import { answerSays, questionOf, titleOf } from '../words.ts';
import { Empty, Facts, Page, Panel, Shown } from './page.tsx';

export function ReplayPage({ named }: PageProps) {
  const session = named['session'] as SessionId; // the server answers to what is none that there is none
  const seen = useReplay(session);
  return (
    <Page title="REPLAY" more={<span className="mono">{session}</span>} actions={<a className="button" href={href(paths.session(session))}>Session</a>}>
      <Shown seen={seen}>{(replay) => (replay.steps.length === 0 ? <Empty title="Nothing to play">Nothing of this session is in the log.</Empty> : <Player replay={replay} />)}</Shown>
    </Page>
  );
}

function Player({ replay }: { readonly replay: Replay }) {
  const { steps } = replay;
  const [at, setAt] = useState(0);
  const [isPlaying, setPlaying] = useState(false);
  const [speed, setSpeed] = useState<Speed>(4);
  const { checking, check } = useProof();
  useEffect(() => check({ kind: 'session', replay }), [check, replay]);
  const proof = checking.kind === 'proof' ? checking.proof : null;
  const count = steps.length;
  const play = () => {
    if (!isPlaying && at === count - 1) setAt(0);
    setPlaying(!isPlaying);
  };

  useEffect(() => {
    if (!isPlaying) return;
    const ms = shownFor(steps, at, speed);
    if (ms === null) return setPlaying(false);
    return after(ms, () => setAt(at + 1));
  }, [isPlaying, at, speed, steps]);
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const tag = event.target instanceof Element ? (event.target.closest('dialog') ? 'DIALOG' : event.target.tagName) : '';
      const key = keyOf({ key: event.key, tag, isModified: event.metaKey || event.ctrlKey || event.altKey });
      if (key === null) return;
      event.preventDefault();
      if (key === 'play') return play();
      setPlaying(false);
      setAt(moved(at, key, count));
    };
    window.addEventListener('keydown', pressed);
    return () => window.removeEventListener('keydown', pressed);
  });

  const step = steps[Math.min(at, count - 1)];
  if (!step) return null;
  const begun = Date.parse(steps[0]?.at ?? '');
  const into = (one: ReplayStep) => `+${clockWords((Date.parse(one.at) - begun) / 1_000)}`;
  const go = (to: number) => {
    setPlaying(false);
    setAt(to);
  };
  return (
    <div className="player">
      <section className="panel player-bar" aria-label="Player">
        <input
          type="range"
          className="scrubber"
          min={0}
          max={count - 1}
          value={at}
          aria-label="Step"
          aria-valuetext={`Step ${at + 1} of ${count}: ${titleOf(step)}, ${into(step)}`}
          onChange={(event) => go(Number(event.target.value))}
        />
        <div className="player-keys">
          <Button name="Step back" whyNot={at === 0 ? 'This is the first step.' : null} onPress={() => go(moved(at, 'back', count))}>
            ‹
          </Button>
          <Button look="main" onPress={play}>
            {isPlaying ? 'Pause' : 'Play'}
          </Button>
          <Button name="Step on" whyNot={at === count - 1 ? 'This is the last step.' : null} onPress={() => go(moved(at, 'on', count))}>
            ›
          </Button>
          <label className="player-speed">
            <span>Speed</span>
            <select className="input" value={speed} onChange={(event) => setSpeed(SPEEDS.find((one) => String(one) === event.target.value) ?? 1)}>
              {SPEEDS.map((one) => (
                <option key={one} value={one}>
                  {one}×
                </option>
              ))}
            </select>
          </label>
          <span className="muted player-hint">
            <kbd>←</kbd> <kbd>→</kbd> step, <kbd>Space</kbd> play
          </span>
        </div>
      </section>
      <section className="panel player-stage" aria-label="Step" aria-live={isPlaying ? 'off' : 'polite'}>
        <StepShown step={step} place={`Step ${at + 1} of ${count}`} into={into(step)} proof={proofOf(step, proof)} tenant={replay.tenant_id} />
      </section>
      <Panel title="Steps">
        <ol className="steps">
          {steps.map((one, i) => (
            <li key={one.index}>
              <button type="button" className="step" aria-current={i === at ? 'step' : undefined} onClick={() => go(i)}>
                <span className="muted numbers">{into(one)}</span>
                <span className="clip">
                  <StepTitle step={one} />
                </span>
                <StepMark proof={proofOf(one, proof)} />
                {one.answer === null || one.answer.outcome === 'ok' || questionOf(one) ? null : (
                  <span className="step-why">
                    <StepCame step={one} />
                  </span>
                )}
              </button>
            </li>
          ))}
        </ol>
      </Panel>
      <Panel title="Proof">
        <Progress checking={checking} what="Checking the steps" />
        {proof ? (
          <>
            <Verdict proof={proof} good="Every step is in the log, and is shown as it stands there." />
            {proof.differs.length > 0 ? <p className="note note-bad">Shown otherwise than the log has it: the {proof.differs.length === 1 ? 'step' : 'steps'} at entry {proof.differs.join(', ')}.</p> : null}
            <FindingList title="What does not hold" proof={proof} fails />
            <p className="muted numbers">
              {proof.checked.numbers.entries} entries, {proof.checked.numbers.machine_signatures} signatures of the machine. That nothing was left out of the session, only a check of <a href={href(paths.checkLog(replay.tenant_id))}>all of the log</a> can show.
            </p>
            <WhoSigned proof={proof} />
          </>
        ) : null}
      </Panel>
    </div>
  );
}

const PROOFS = { checking: { tone: 'calm', says: 'checking' }, proved: { tone: 'good', says: 'proved' }, wrong: { tone: 'bad', says: 'does not hold' } } as const;
const StepMark = ({ proof }: { readonly proof: StepProof }) => <Badge tone={PROOFS[proof].tone}>{PROOFS[proof].says}</Badge>;

const BY: Readonly<Record<string, string>> = { operator: 'the operator', server: 'the server', agent: 'the machine', tenant: 'the tenant' };
type Answered = NonNullable<ReplayStep['answer']>;

function StepShown({ step, place, into, proof, tenant }: { readonly step: ReplayStep; readonly place: string; readonly into: string; readonly proof: StepProof; readonly tenant: string }) {
  const entryLink = (index: number) => <a href={href(paths.entry(tenant, index))}>entry {index}</a>;
  return (
    <>
      <header className="player-head">
        <p className="muted numbers">
          {place} · {into} · {exactly(Date.parse(step.at))}
        </p>
        <h2 className="wrap-anywhere">
          <StepTitle step={step} />
        </h2>
        <StepMark proof={proof} />
      </header>
      <Facts
        rows={[
          [step.is === 'asked' ? 'Asked by' : 'Told by', <bdi key="by">{step.by !== undefined && step.by !== 'operator' ? (BY[step.by] ?? step.by) : (step.operator ?? '–')}</bdi>],
          ...(step.reason === undefined ? [] : ([['Why', <span key="why">“<bdi>{step.reason}</bdi>”</span>]] as const)),
          ['Stands in', entryLink(step.index)],
        ]}
      />
      <StepWith key={step.index} step={step} />
      {step.is === 'asked' ? (
        <AnswerShown title="Answer" answer={step.answer} link={entryLink} />
      ) : (
        <p className="cell-row wrap">
          <StepCame step={step} />
        </p>
      )}
      {step.late ? <AnswerShown title="Late answer" answer={step.late} link={entryLink} /> : null}
    </>
  );
}

function AnswerShown({ title, answer, link }: { readonly title: string; readonly answer: Answered | null; readonly link: (index: number) => ReactNode }) {
  if (!answer) return <p className="muted">The log has no answer yet.</p>;
  return (
    <section className="player-answer">
      <h3>
        {title} <Came said={answerSays(answer)} />
      </h3>
      <Facts
        rows={[
          ['By', BY[answer.by ?? ''] ?? 'nobody is named'],
          ['When', exactly(Date.parse(answer.at))],
          ...(answer.agent_at === undefined ? [] : ([['By its clock', exactly(Date.parse(answer.agent_at))]] as const)),
          ...(answer.result_sha256 === undefined ? [] : ([['Digest', <span key="digest" className="mono">{answer.result_sha256}</span>]] as const)),
          ['Signed', answer.agent_signature === undefined ? 'not by a machine' : 'by the machine'],
          ['Stands in', link(answer.index)],
        ]}
      />
      {answer.result_sha256 === undefined ? null : <p className="muted">What the machine answered was given to the operator and is kept nowhere here; its digest is.</p>}
    </section>
  );
}
