import { useState } from 'react';
import * as api from '@argus/client/requests.ts';
import type { AlertView } from '@argus/protocol/http/alerts.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { ProblemNote } from '../ui/problem.tsx';
import { useAct } from './use-act.tsx';

export function AcknowledgeModal({ alert, onClose }: { readonly alert: AlertView; readonly onClose: () => void }) {
  const [reason, setReason] = useState('');
  const { act, busy, problem, stepUp } = useAct(['alerts'], onClose);
  const block = reason.trim().length < 3 ? 'Say in at least 3 characters why it needs nothing more.' : null;
  return (
    <Dialog
      title="Acknowledge"
      onClose={onClose}
      footer={
        <>
          <Button onPress={onClose}>Cancel</Button>
          <Button look="main" type="submit" form="acknowledge" busy={busy} whyNot={block}>
            Acknowledge
          </Button>
        </>
      }
    >
      <form
        id="acknowledge"
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (block === null && !busy) void act(api.acknowledgeAlert(alert.id, { reason: reason.trim() }));
        }}
      >
        <p className="wrap-anywhere">{alert.says}</p>
        {problem ? <ProblemNote problem={problem} /> : null}
        <Field label="Why that is enough" value={reason} onChange={setReason} rows={2} maxLength={500} autoFocus />
      </form>
      {stepUp}
    </Dialog>
  );
}
