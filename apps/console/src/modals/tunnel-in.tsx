import { useState } from 'react';
import type { AgentView } from '@argus/protocol/http/shapes.ts';
import { CopyLine } from '../ui/copy.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { isReason } from './rules.ts';
import { shellWord } from './shell-word.ts';

/** The guided way: the very line one types on the operator network. The ops token is in nobody's browser. */
export function TunnelInModal({ agent, onClose }: { readonly agent: AgentView; readonly onClose: () => void }) {
  const [reason, setReason] = useState('');
  const [minutes, setMinutes] = useState('30');
  const given = isReason(reason) ? shellWord(reason.trim()) : '"why you go in"';
  const long = /^\d+$/.test(minutes) && Number(minutes) >= 1 && Number(minutes) <= 120;
  return (
    <Dialog title={`Tunnel in: ${agent.id}`} onClose={onClose} wide>
      <div className="stack">
        <p>A session is opened from the operator network, with argusctl. It asks for the ops token and for your own access token; neither is ever in a browser.</p>
        <Field label="Reason" value={reason} onChange={setReason} maxLength={500} hint="The tenant reads it, on the screen of the machine and in the log." autoFocus />
        <Field label="Minutes" value={minutes} onChange={setMinutes} type="number" inputMode="numeric" problem={long ? null : 'From 1 to 120. No setting raises the cap.'} />
        <CopyLine name="the command" text={`argusctl agent activate ${agent.id} --tenant ${agent.tenant_id} \\\n  --reason ${given}${minutes === '30' || !long ? '' : ` --minutes ${minutes}`}`} />
        <p className="muted">One click from here is not enabled on this server. It needs Cloudflare Access in front; see REMOTE_SUPPORT_ALLOW_CF_ASSERTION in the documentation.</p>
      </div>
    </Dialog>
  );
}
