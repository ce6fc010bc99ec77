import * as api from '@argus/client/requests.ts';
import type { PatView } from '@argus/protocol/http/pats.ts';
import { ActForm } from './act-form.tsx';
import { useAct } from './use-act.tsx';

export function RevokeTokenModal({ token, onClose }: { readonly token: PatView; readonly onClose: () => void }) {
  const revoking = useAct(['tokens', 'sessions'], onClose);
  return (
    <ActForm
      title={`Revoke ${token.name}`}
      submit="Revoke"
      look="danger"
      act={revoking}
      onSubmit={() => void revoking.act(api.revokePat(token.token_id))}
      onClose={onClose}
      says={<p>It opens nothing from the next request on, and sessions that were opened with it end. There is no way back.</p>}
    />
  );
}
