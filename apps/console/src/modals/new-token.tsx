import { useState } from 'react';
import * as api from '@argus/client/requests.ts';
import type { PatCreated } from '@argus/protocol/http/pats.ts';
import { Button } from '../ui/button.tsx';
import { Choices } from '../ui/choices.tsx';
import { CopyLine } from '../ui/copy.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { ActForm } from './act-form.tsx';
import { tenantsIn } from './rules.ts';
import { useAct } from './use-act.tsx';

const PRESETS: readonly (readonly [string, string])[] = [
  ['support-operator', 'Open sessions and run commands, with the other factors'],
  ['support-readonly', 'See tenants, agents and records'],
  ['tenant-admin', 'Consent, arming, enrollment'],
  ['tenant-reader', 'For a tenant: its own log and nothing else'],
];

export function NewTokenModal({ onClose }: { readonly onClose: () => void }) {
  const [name, setName] = useState('');
  const [preset, setPreset] = useState('support-operator');
  const [days, setDays] = useState('90');
  const [tenants, setTenants] = useState('');
  const [made, setMade] = useState<PatCreated | null>(null);
  const making = useAct<PatCreated>(['tokens'], setMade);
  if (made) {
    return (
      <Dialog title="Your new token" onClose={onClose} footer={<Button look="main" onPress={onClose}>I have kept it</Button>}>
        <p>It is shown this once. Keep it where only you can read it; argusctl login takes it.</p>
        <CopyLine name="the token" text={made.pat} />
      </Dialog>
    );
  }
  const named = tenantsIn(tenants);
  const block = name.trim() === '' ? 'Give it a name you will know it by.' : /^\d{1,3}$/.test(days) && Number(days) >= 1 && Number(days) <= 366 ? null : 'From 1 to 366 days.';
  return (
    <ActForm
      title="New token"
      submit="Make it"
      block={block}
      act={making}
      onSubmit={() => void making.act(api.createPat({ name: name.trim(), preset, days: Number(days), ...(named.length > 0 && { tenants: named }) }))}
      onClose={onClose}
    >
      <Field label="Name" value={name} onChange={setName} maxLength={100} autoFocus />
      <Choices
        legend="May"
        value={preset}
        onChange={setPreset}
        options={PRESETS.map(([key, says]) => [
          key,
          <>
            <strong className="mono">{key}</strong>
            <br />
            <span className="muted">{says}</span>
          </>,
        ])}
      />
      <Field label="Tenants" value={tenants} onChange={setTenants} mono hint="Separated by spaces. Left empty: as far as you reach yourself." />
      <Field label="Days" value={days} onChange={setDays} type="number" inputMode="numeric" />
    </ActForm>
  );
}
