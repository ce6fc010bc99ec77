import { useState } from 'react';
import * as api from '@argus/client/requests.ts';
import type { PatCreated } from '@argus/protocol/http/pats.ts';
import { Button } from '../ui/button.tsx';
import { CopyLine } from '../ui/copy.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { ProblemNote } from '../ui/problem.tsx';
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
  const { act, busy, problem, stepUp } = useAct<PatCreated>(['tokens'], setMade);
  const named = tenants.split(/[\s,]+/).filter(Boolean);
  const block = name.trim() === '' ? 'Give it a name you will know it by.' : /^\d{1,3}$/.test(days) && Number(days) >= 1 && Number(days) <= 366 ? null : 'From 1 to 366 days.';
  if (made) {
    return (
      <Dialog title="Your new token" onClose={onClose} footer={<Button look="main" onPress={onClose}>I have kept it</Button>}>
        <p>It is shown this once. Keep it where only you can read it; argusctl login takes it.</p>
        <CopyLine name="the token" text={made.pat} />
      </Dialog>
    );
  }
  return (
    <Dialog
      title="New token"
      onClose={onClose}
      footer={
        <>
          <Button onPress={onClose}>Cancel</Button>
          <Button look="main" type="submit" form="new-token" busy={busy} whyNot={block}>
            Make it
          </Button>
        </>
      }
    >
      <form
        id="new-token"
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          // The server says what is no tenant.
          if (block === null && !busy) void act(api.createPat({ name: name.trim(), preset, days: Number(days), ...(named.length > 0 && { tenants: named as never[] }) }));
        }}
      >
        {problem ? <ProblemNote problem={problem} /> : null}
        <Field label="Name" value={name} onChange={setName} maxLength={100} autoFocus />
        <fieldset className="choices">
          <legend>May</legend>
          {PRESETS.map(([key, says]) => (
            <label key={key} className="tick">
              <input type="radio" name="preset" checked={preset === key} onChange={() => setPreset(key)} />
              <span>
                <strong className="mono">{key}</strong>
                <br />
                <span className="muted">{says}</span>
              </span>
            </label>
          ))}
        </fieldset>
        <Field label="Tenants" value={tenants} onChange={setTenants} mono hint="Separated by spaces. Left empty: as far as you reach yourself." />
        <Field label="Days" value={days} onChange={setDays} type="number" inputMode="numeric" />
      </form>
      {stepUp}
    </Dialog>
  );
}
