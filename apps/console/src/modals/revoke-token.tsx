import * as api from '@argus/client/requests.ts';
import type { PatView } from '@argus/protocol/http/pats.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { ProblemNote } from '../ui/problem.tsx';
import { useAct } from './use-act.tsx';

export function RevokeTokenModal({ token, onClose }: { readonly token: PatView; readonly onClose: () => void }) {
  const { act, busy, problem, stepUp } = useAct(['tokens', 'sessions'], onClose);
  return (
    <Dialog
      title={`Revoke ${token.name}`}
      onClose={onClose}
      footer={
        <>
          <Button onPress={onClose}>Cancel</Button>
          <Button look="danger" busy={busy} onPress={() => void act(api.revokePat(token.token_id))}>
            Revoke
          </Button>
        </>
      }
    >
      <p>It opens nothing from the next request on, and sessions that were opened with it end. There is no way back.</p>
      {problem ? <ProblemNote problem={problem} /> : null}
      {stepUp}
    </Dialog>
  );
}
