import { useState } from 'react';
import * as api from '@argus/client/requests.ts';
import type { AgentView } from '@argus/protocol/http/shapes.ts';
import { useData } from '../api/use-data.ts';
import { Badge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { CopyLine } from '../ui/copy.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { agentState } from '../words.ts';
import { disarmBlock } from './rules.ts';
import { shellWord } from './shell-word.ts';

/** It cannot be undone, so the ops token is typed by a person on the operator network, and added for no page: this makes the line, and sees it done. */
export function RevokeAgentModal({ agent: { id, tenant_id: tenant }, onClose }: { readonly agent: AgentView; readonly onClose: () => void }) {
  const [typed, setTyped] = useState('');
  const [reason, setReason] = useState('');
  const seen = useData(api.showAgent(id), ['agents']).data;
  const block = disarmBlock({ tenant: id, typed, reason, waitS: 0 });
  const state = seen ? agentState(seen.state) : null;
  if (seen?.state === 'revoked') {
    return (
      <Dialog title={`${id} is revoked`} onClose={onClose} footer={<Button look="main" onPress={onClose}>Close</Button>}>
        <p role="status">Its line is closed, its session is over, and its next dial fails. The id is never used again; to come back, the machine enrolls under another.</p>
      </Dialog>
    );
  }
  return (
    <Dialog title={`Revoke ${id}`} onClose={onClose} footer={<Button onPress={onClose}>Close</Button>}>
      <p>
        <strong>For good.</strong> It ends any LIVE session on the machine and closes its line; nobody can take it back.
      </p>
      <Field label={`Type ${id}`} value={typed} onChange={setTyped} mono autoFocus />
      <Field label="Reason" value={reason} onChange={setReason} rows={2} maxLength={500} hint="At least 3 characters; the tenant reads it." />
      {block === null ? (
        <>
          <p>To be typed on the operator network; argusctl reads the ops token from where you keep it; this page never sees it:</p>
          <CopyLine name="the command" text={`argusctl agent revoke ${id} \\\n  --tenant ${tenant} \\\n  --reason ${shellWord(reason.trim())} --yes`} />
          <p role="status" className="cell-row">
            {state ? <Badge tone={state.tone}>{state.says}</Badge> : null} <span className="muted">This page says so when it is done.</span>
          </p>
        </>
      ) : (
        <p className="muted">{block}</p>
      )}
    </Dialog>
  );
}
