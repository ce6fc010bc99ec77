import { useState, type ReactNode } from 'react';
import type { TenantView } from '@argus/protocol/http/shapes.ts';
import { useWho } from '../api/who.tsx';
import { whyNot } from '../can.ts';
import { Button } from '../ui/button.tsx';
import { ArmModal } from './arm.tsx';
import { DisarmModal } from './disarm.tsx';

/** ARM or DISARM, whichever there is to do for a tenant. The dialog stands beside the list, not in a row of it that may go. */
export function useArming(): { readonly button: (tenant: TenantView, small?: 'small') => ReactNode; readonly dialog: ReactNode } {
  const lacking = whyNot(useWho(), 'remote_support:arm');
  const [asked, setAsked] = useState<{ readonly tenant: TenantView; readonly Modal: typeof ArmModal | typeof DisarmModal } | null>(null);
  return {
    button: (tenant, small) =>
      tenant.armed ? (
        <Button small={small !== undefined} look="danger" whyNot={lacking} name={`Disarm ${tenant.id}`} onPress={() => setAsked({ tenant, Modal: DisarmModal })}>
          DISARM
        </Button>
      ) : (
        <Button small={small !== undefined} whyNot={lacking ?? noConsent(tenant)} name={`Arm ${tenant.id}`} onPress={() => setAsked({ tenant, Modal: ArmModal })}>
          ARM
        </Button>
      ),
    dialog: asked ? <asked.Modal tenant={asked.tenant} onClose={() => setAsked(null)} /> : null,
  };
}

const noConsent = ({ consent }: TenantView): string | null =>
  consent === 'signed' ? null : consent === 'expired' ? 'The consent has expired. The tenant has to sign again, and you record it.' : 'The tenant has not signed yet. Without a recorded consent nobody can arm; there is no override.';
