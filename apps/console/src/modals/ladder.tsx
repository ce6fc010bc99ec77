import type { Explained, GateExplained } from '@argus/protocol/http/explain.ts';
import { Icon, type IconShape } from '../ui/icon.tsx';

/** Gates as people say them; one this console does not know yet is shown as it is called. */
const GATES: Readonly<Record<string, string>> = {
  network: 'Where you are',
  ops_token: 'Ops token',
  credential: 'Who you are',
  identity: 'One and the same person',
  enabled: 'Remote support is on',
  request: 'What you ask for',
  fresh: 'Asked just now',
  step_up: 'Confirmed by you',
  agent: 'The agent',
  consent: 'The tenant’s consent',
  operator_proof: 'Your own signature',
  armed: 'The tenant is armed',
  online: 'The agent is online',
  free: 'Nobody else is in',
  nonce: 'Asked once',
};
const LOOKS: Readonly<Record<GateExplained['state'], { readonly icon: IconShape; readonly says: string }>> = {
  passed: { icon: 'check', says: 'passes' },
  not_passed: { icon: 'close', says: 'refuses' },
  not_looked_at: { icon: 'line', says: 'not looked at' },
};

/** Every gate in its order, what it found, and what would make it pass. */
export function Ladder({ explained }: { readonly explained: Explained }) {
  const refusing = explained.gates.filter(({ state }) => state === 'not_passed').length;
  return (
    <section className="stack" aria-label="The gates">
      <p role="status">
        <strong>{explained.would_pass ? 'Every gate passes.' : refusing === 1 ? 'One gate refuses.' : `${refusing} gates refuse.`}</strong> <span className="muted">{explained.would_pass ? explained.beyond : 'Nothing was opened.'}</span>
      </p>
      <ol className="ladder">
        {explained.gates.map((gate) => (
          <Gate key={gate.gate} gate={gate} />
        ))}
      </ol>
    </section>
  );
}

function Gate({ gate: { gate, state, found, remedy, code } }: { readonly gate: GateExplained }) {
  const { icon, says } = LOOKS[state];
  return (
    <li className={`rung rung-${state}`}>
      <Icon shape={icon} size={16} name={says} />
      <div>
        <p>
          <strong>{GATES[gate] ?? gate}</strong>
          {code ? <code className="code"> {code}</code> : null}
        </p>
        {state === 'not_looked_at' || found.length === 0 ? null : <p className="muted wrap-anywhere">{found.join('; ')}</p>}
        {remedy ? <p className="wrap-anywhere">{remedy}</p> : null}
      </div>
    </li>
  );
}
