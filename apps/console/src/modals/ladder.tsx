import type { Explained, GateExplained } from '@argus/protocol/http/explain.ts';
import type { AgentId, TenantId } from '@argus/protocol/ids.ts';
import { useHash } from '../hash.ts';
import { href } from '../paths.ts';
import { Icon, type IconShape } from '../ui/icon.tsx';
import { inLocalTime } from '../ui/time.ts';
import { ConsentLink, isOfConsent } from './consent-way.tsx';
import { wayOut } from './ways-out.ts';

/** Gates as people say them; one this console does not know yet is shown as it is called. */
const GATES: Readonly<Record<string, string>> = {
  network: 'Where you are',
  ops_token: 'Ops token',
  credential: 'Your sign-in',
  identity: 'Identity',
  enabled: 'Remote support',
  request: 'The request',
  fresh: 'Clocks',
  step_up: 'Confirmed',
  agent: 'The agent',
  consent: 'Consent',
  operator_proof: 'Your own signature',
  armed: 'Armed',
  online: 'On its line',
  free: 'Nobody else is in',
  nonce: 'Asked once',
};
const SIGNATURE = 'operator_proof';
const LOOKS: Readonly<Record<GateExplained['state'], { readonly icon: IconShape; readonly says: string }>> = {
  passed: { icon: 'check', says: 'passes' },
  not_passed: { icon: 'close', says: 'refuses' },
  not_looked_at: { icon: 'line', says: 'not looked at' },
};

/** Every gate in its order, what it found, and what would make it pass. `signsLater`: the signature that a gate asks for is made by opening. */
export function Ladder({ explained: { gates, beyond }, tenant, agent, signsLater }: { readonly explained: Explained; readonly tenant: TenantId; readonly agent: AgentId; readonly signsLater: boolean }) {
  const shown = gates.map((gate): GateExplained => (signsLater && gate.gate === SIGNATURE && gate.state === 'not_passed' ? { ...gate, state: 'not_looked_at', code: null, remedy: null, found: ['asked for when you open'] } : gate));
  const refusing = shown.filter(({ state }) => state === 'not_passed').length;
  const says = refusing === 0 ? (signsLater ? 'Every gate passes, once you sign.' : 'Every gate passes.') : refusing === 1 ? 'One gate refuses. Nothing was opened.' : `${refusing} gates refuse. Nothing was opened.`;
  return (
    <section className="stack" aria-label="The gates">
      <p role="status">
        <strong>{says}</strong>
        {refusing === 0 ? <span className="muted"> {beyond}</span> : null}
      </p>
      <ol className="ladder">
        {shown.map((gate) => (
          <Gate key={gate.gate} gate={gate} tenant={tenant} agent={agent} />
        ))}
      </ol>
    </section>
  );
}

function Gate({ gate: { gate, state, found, remedy, code }, tenant, agent }: { readonly gate: GateExplained; readonly tenant: TenantId; readonly agent: AgentId }) {
  const way = wayOut(code, { tenant, agent });
  const here = useHash();
  const { icon, says } = LOOKS[state];
  return (
    <li className={`rung rung-${state}`}>
      <Icon shape={icon} size={16} name={says} />
      <strong>{GATES[gate] ?? gate}</strong>
      <div>
        {found.length === 0 ? null : <p className="muted wrap-anywhere">{inLocalTime(found.join('; '))}</p>}
        {remedy ? (
          <p className="wrap-anywhere">
            {remedy} <code className="code">{code}</code>
          </p>
        ) : null}
        {isOfConsent(code) ? <ConsentLink tenant={tenant} /> : null}
        {way && href(way.path) !== here ? <a href={href(way.path)}>{way.says}</a> : null}
      </div>
    </li>
  );
}
