import { useId, useState } from 'react';
import * as api from '@argus/client/requests.ts';
import type { Explained } from '@argus/protocol/http/explain.ts';
import type { ActivatedHere, AgentView } from '@argus/protocol/http/shapes.ts';
import { ok } from '@argus/kit/result.ts';
import { activationOf, provedActivation, type Wanted } from '../api/activation.ts';
import { call } from '../api/call.ts';
import { explainSession, openSession } from '../api/one-click.ts';
import { useData } from '../api/use-data.ts';
import { useWho } from '../api/who.tsx';
import { go } from '../hash.ts';
import { paths } from '../paths.ts';
import { Button } from '../ui/button.tsx';
import { CopyLine } from '../ui/copy.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { ProblemNote } from '../ui/problem.tsx';
import { Ladder } from './ladder.tsx';
import { isReason, reasonBlock } from './rules.ts';
import { shellWord } from './shell-word.ts';
import { useAct, type Work } from './use-act.tsx';

const isTimeBox = (minutes: string): boolean => /^\d+$/.test(minutes) && Number(minutes) >= 1 && Number(minutes) <= 120;

/** One click where the server is set up for it, and always the very line one types on the operator network. The ops token is in nobody's browser. */
export function TunnelInModal({ agent, onClose }: { readonly agent: AgentView; readonly onClose: () => void }) {
  const { one_click: oneClick } = useWho();
  const [reason, setReason] = useState('');
  const [minutes, setMinutes] = useState('30');
  const one = useOneClick({ agent, reason, minutes, onClose });
  const [isBegun, setBegun] = useState(false);
  const form = useId();
  return (
    <Dialog
      title={`Tunnel in: ${agent.id}`}
      onClose={onClose}
      wide
      footer={
        oneClick ? (
          <>
            <Button busy={one.looking} whyNot={one.block} onPress={one.look}>
              Check the gates
            </Button>
            <Button look="main" type="submit" form={form} busy={one.opening} whyNot={one.block} saysWhy={isBegun}>
              Open session
            </Button>
          </>
        ) : undefined
      }
    >
      <form
        id={form}
        className="stack"
        onChange={() => setBegun(true)}
        onSubmit={(event) => {
          event.preventDefault();
          if (oneClick && one.block === null && !one.opening) one.open();
        }}
      >
        {one.problem && !one.explained ? <ProblemNote problem={one.problem} /> : null}
        <Field label="Reason" value={reason} onChange={setReason} maxLength={500} hint="The tenant reads it, on the screen of the machine and in the log." autoFocus />
        <Field label="Minutes" value={minutes} onChange={setMinutes} type="number" inputMode="numeric" problem={isTimeBox(minutes) ? null : 'From 1 to 120. No setting raises the cap.'} />
        {one.needsProof ? <p className="note">The tenant’s consent names its operators: opening asks for a touch of your passkey over this very request.</p> : null}
        {one.explained ? <Ladder explained={one.explained} tenant={agent.tenant_id} agent={agent.id} signsLater={one.needsProof} /> : null}
      </form>
      <Guided agent={agent} reason={reason} minutes={minutes} oneClick={oneClick} />
      {one.stepUp}
    </Dialog>
  );
}

function useOneClick({ agent, reason, minutes, onClose }: { readonly agent: AgentView; readonly reason: string; readonly minutes: string; readonly onClose: () => void }) {
  const { user } = useWho();
  const tenant = useData(api.showTenant(agent.tenant_id), ['tenants']).data;
  const [explained, setExplained] = useState<Explained | null>(null);
  const opening = useAct<ActivatedHere>(['sessions', 'agents'], ({ session_id: session }) => {
    onClose();
    go(paths.session(session));
  });
  const looking = useAct<Explained>([], setExplained);
  const needsProof = tenant?.receipt?.needs_operator_proof === true;
  const wanted: Wanted = { agent, operator: user.email, reason: reason.trim(), minutes: Number(minutes) };

  const explain: Work<Explained> = async () => {
    const why = await call(explainSession(agent.id, activationOf(wanted)));
    if (!why.ok) setExplained(null);
    return why;
  };
  /** Refused, all that stands in the way is shown at once, and not only what came first. */
  const open: Work<ActivatedHere> = async () => {
    const body = tenant && needsProof ? await provedActivation(wanted, tenant) : ok(activationOf(wanted));
    if (!body.ok) return body;
    const opened = await call(openSession(agent.id, body.value));
    if (!opened.ok && opened.error.kind === 'refused' && opened.error.code !== 'step_up_required') {
      const why = await explain();
      if (why.ok && !why.value.would_pass) setExplained(why.value);
    }
    return opened;
  };
  return {
    needsProof,
    explained,
    block: reasonBlock(reason) ?? (isTimeBox(minutes) ? null : 'A session lasts from 1 to 120 minutes.'),
    opening: opening.busy,
    looking: looking.busy,
    problem: opening.problem ?? looking.problem,
    stepUp: opening.stepUp ?? looking.stepUp,
    open: () => {
      setExplained(null);
      void opening.act(open);
    },
    look: () => void looking.act(explain),
  };
}

function Guided({ agent, reason, minutes, oneClick }: { readonly agent: AgentView; readonly reason: string; readonly minutes: string; readonly oneClick: boolean }) {
  const given = isReason(reason) ? shellWord(reason.trim()) : '"why you go in"';
  const box = minutes === '30' || !isTimeBox(minutes) ? '' : ` --minutes ${minutes}`;
  return (
    <section className="stack">
      <p>{oneClick ? 'Or from the operator network, with argusctl:' : 'A session is opened from the operator network, with argusctl. It reads the ops token and your own access token from where you keep them; this page sees neither.'}</p>
      <CopyLine name="the command" text={`argusctl agent activate ${agent.id} --tenant ${agent.tenant_id} \\\n  --reason ${given}${box}`} />
      {oneClick ? null : <p className="muted">One click from here is not enabled on this server: see REMOTE_SUPPORT_ONE_CLICK and REMOTE_SUPPORT_ALLOW_CF_ASSERTION in the documentation.</p>}
    </section>
  );
}
