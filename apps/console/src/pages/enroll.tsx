import { useState, type ReactNode } from 'react';
import * as api from '@argus/client/requests.ts';
import type { EnrollmentCode } from '@argus/client/requests.ts';
import { isId, type AgentId, type TenantId } from '@argus/protocol/ids.ts';
import type { AgentView, TenantView } from '@argus/protocol/http/shapes.ts';
import { useData } from '../api/use-data.ts';
import { useWho } from '../api/who.tsx';
import { whyNot } from '../can.ts';
import { useAct } from '../modals/use-act.tsx';
import type { PageProps } from '../pages.ts';
import { href, paths } from '../paths.ts';
import { Button } from '../ui/button.tsx';
import { Choices } from '../ui/choices.tsx';
import { CopyLine } from '../ui/copy.tsx';
import { Field } from '../ui/field.tsx';
import { Icon } from '../ui/icon.tsx';
import { Until } from '../ui/moment.tsx';
import { ProblemNote } from '../ui/problem.tsx';
import { enrollLines, EXTRAS, SYSTEM_NAMES, SYSTEMS, type Extra, type System } from './enroll-lines.ts';
import { Page, Panel, Shown } from './page.tsx';

type Made = { readonly tenant: TenantId; readonly agent: AgentId; readonly code: EnrollmentCode };

/** Whose machine, what it is called, what to type there, and then: wait until it is on its line. The code is in this page and nowhere else. */
export function EnrollPage({ query }: PageProps) {
  const [made, setMade] = useState<Made | null>(null);
  const tenants = useData(api.listTenants(), ['tenants']);
  return (
    <Page title="ENROLL A MACHINE" more="The machine dials out to this server; nothing is opened towards it.">
      <Shown seen={tenants}>
        {(list) => (
          <div className="columns columns-two">
            {made ? <OnTheMachine made={made} /> : <Which tenants={list.tenants} asked={query.get('tenant')} onMade={setMade} />}
            <UntilItAppears made={made} tenant={list.tenants.find(({ id }) => id === made?.tenant)} onAgain={() => setMade(null)} />
          </div>
        )}
      </Shown>
    </Page>
  );
}

function Which({ tenants, asked, onMade }: { readonly tenants: readonly TenantView[]; readonly asked: string | null; readonly onMade: (made: Made) => void }) {
  const lacking = whyNot(useWho(), 'agents:enroll');
  const [tenant, setTenant] = useState(tenants.find(({ id }) => id === asked)?.id ?? null); // whose machine it is, nobody but a person says
  const [agent, setAgent] = useState('agent_');
  const [isBegun, setBegun] = useState(false);
  const id = isId('agent', agent) ? agent : null;
  const making = useAct<EnrollmentCode>(['agents'], (code) => {
    if (tenant && id) onMade({ tenant, agent: id, code });
  });
  const block = lacking ?? (tenants.length === 0 ? 'There is no tenant yet: argusctl tenant add makes the first one.' : tenant === null ? 'Choose whose machine it is.' : id === null ? 'An id is agent_ and 3 to 64 small letters, digits and underscores.' : null);
  return (
    <Panel title="Which machine?">
      <form
        className="stack"
        onChange={() => setBegun(true)}
        onSubmit={(event) => {
          event.preventDefault();
          if (tenant && block === null && !making.busy) void making.act(api.createEnrollmentCode(tenant, { agent_id: agent }));
        }}
      >
        {making.problem ? <ProblemNote problem={making.problem} /> : null}
        <div className="field">
          <label htmlFor="enroll-tenant">Tenant</label>
          <select id="enroll-tenant" className="input" value={tenant ?? ''} onChange={(event) => setTenant(tenants.find((one) => one.id === event.target.value)?.id ?? null)}>
            {tenant === null ? <option value="">Choose a tenant</option> : null}
            {tenants.map((one) => (
              <option key={one.id} value={one.id}>
                {`${one.id} · ${one.name}` /* its name last, and in one piece: it turns nothing around */}
              </option>
            ))}
          </select>
        </div>
        <Field label="Agent id" value={agent} onChange={setAgent} mono maxLength={70} hint="Like agent_shop_01. Taken once for the whole server, and for good: it should tell nobody what they are not to know." autoFocus />
        <p>
          <Button look="main" type="submit" busy={making.busy} whyNot={block} saysWhy={isBegun || lacking !== null}>
            Make the code
          </Button>
        </p>
      </form>
      {making.stepUp}
    </Panel>
  );
}

const doc = (page: string, says: string) => (
  <a href={`/docs/guides/${page}`} target="_blank" rel="noreferrer">
    {says}
  </a>
);
const EXTRA_SAYS: Readonly<Record<Extra, ReactNode>> = {
  cameras: <>Cameras, out of a file <code>cameras.json</code> beside the code: {doc('view-a-camera', 'what stands in it')}</>,
  'patch-keys': <>Keys for patches, out of <code>patch-keys.json</code>: {doc('patch-a-machine', 'where it comes from')}. A machine without them takes no patch, and they cannot be added later.</>,
};

function OnTheMachine({ made: { agent, code } }: { readonly made: Made }) {
  const [system, setSystem] = useState<System>('linux');
  const [extras, setExtras] = useState<readonly Extra[]>([]);
  return (
    <Panel title={`On the machine: ${agent}`}>
      <p>
        Type this as an ordinary user. The code works once, on one machine, <Until at={code.expires_at} />. It also says which log key the machine trusts: bring it there by a way you trust.
      </p>
      <Choices legend="The machine runs" value={system} onChange={setSystem} options={SYSTEMS.map((one) => [one, SYSTEM_NAMES[one]])} />
      <fieldset className="choices">
        <legend>It also gets</legend>
        {EXTRAS.map((one) => (
          <label key={one} className="tick">
            <input type="checkbox" checked={extras.includes(one)} onChange={() => setExtras(extras.includes(one) ? extras.filter((other) => other !== one) : [...extras, one])} />
            <span>{EXTRA_SAYS[one]}</span>
          </label>
        ))}
      </fieldset>
      <CopyLine name="the commands" text={enrollLines(system, { server: window.location.origin, code: code.enrollment_code, extras })} />
      <p className="muted">
        argus-agent is one file: <a href="/docs/guides/run-the-agent" target="_blank" rel="noreferrer">run the agent</a> says where it comes from, and how it becomes a service. In a checkout of this repository it is called <code>npm run --silent argus-agent --</code>. The install root is the folder of what you support.
      </p>
    </Panel>
  );
}

function UntilItAppears({ made, tenant, onAgain }: { readonly made: Made | null; readonly tenant: TenantView | undefined; readonly onAgain: () => void }) {
  const agent = useData(made && api.showAgent(made.agent), ['agents']).data;
  return (
    <Panel title="Until it appears">
      <Progress isMade={made !== null} agent={made && agent} />
      {made && agent?.state === 'online' ? (
        <Next agent={agent} tenant={tenant} tenantId={made.tenant} />
      ) : (
        <p className="muted">{made ? 'This page hears of it by itself. Leaving it forgets the code; another can be made for the same id.' : 'Whose machine, what it is called, what to type there: then this page waits for it.'}</p>
      )}
      {made ? (
        <p>
          <Button small onPress={onAgain}>
            Another machine
          </Button>
        </p>
      ) : null}
    </Panel>
  );
}

function Progress({ isMade, agent }: { readonly isMade: boolean; readonly agent: AgentView | null }) {
  const isEnrolled = agent !== null && agent.state !== 'code_issued';
  const steps = [
    { says: 'The code is made', isDone: isMade },
    { says: 'The machine has used it', isDone: isEnrolled },
    { says: 'It is on its line', isDone: agent?.state === 'online' },
  ];
  return (
    <div role="status">
      <ol className="ladder">
        {steps.map(({ says, isDone }) => (
          <li key={says} className={`rung rung-${isDone ? 'passed' : 'not_looked_at'}`}>
            <Icon shape={isDone ? 'check' : 'line'} size={16} name={isDone ? 'done' : 'awaited'} />
            <strong>{says}</strong>
          </li>
        ))}
      </ol>
    </div>
  );
}

/** What stands between this machine and a first session. */
function Next({ agent, tenant, tenantId }: { readonly agent: AgentView; readonly tenant: TenantView | undefined; readonly tenantId: TenantId }) {
  return (
    <>
      <p>
        <strong>{agent.id} is here.</strong> {tenant?.consent !== 'signed' ? 'Before anybody can open a session, the tenant has to sign, and you record it.' : tenant.armed ? 'The tenant has signed and is armed.' : 'The tenant has signed. Arm it before the first session.'}
      </p>
      <ul className="lines">
        <li>
          <a href={href(paths.agent(agent.id))}>Look at it, and tunnel in</a>
        </li>
        <li>
          <a href={href(paths.consent(tenantId))}>The consent of the tenant</a>
        </li>
        {tenant?.armed ? null : (
          <li>
            <a href={href(paths.tenants())}>Arm the tenant</a>
          </li>
        )}
        <li>
          <a href="/docs/guides/run-the-agent" target="_blank" rel="noreferrer">
            Make it a service, so that it comes up with the machine
          </a>
        </li>
      </ul>
    </>
  );
}
