import { useState, type ReactNode } from 'react';
import type { CreatePat } from '@argus/protocol/http/pats.ts';
import { PAT_DAYS_MAX, PAT_NAME_MAX } from '@argus/protocol/http/pats.ts';
import { Choices } from '../ui/choices.tsx';
import { Field } from '../ui/field.tsx';
import { AS_YOU, type Preset } from './presets.ts';
import { tenantsIn } from './rules.ts';

export type TokenForm = {
  readonly fields: ReactNode;
  /** Why it cannot be made yet; null: it can. */
  readonly block: string | null;
  readonly wanted: () => CreatePat;
};

/** What a token is to be called, what it may do, for whom and for how long. The first of the presets stands chosen. */
export function useTokenForm({ presets, name: first = '', days: daysFirst }: { readonly presets: readonly Preset[]; readonly name?: string; readonly days: number }): TokenForm {
  const [name, setName] = useState(first);
  const [preset, setPreset] = useState(presets[0]?.name ?? '');
  const [days, setDays] = useState(String(daysFirst));
  const [tenants, setTenants] = useState('');
  const named = tenantsIn(tenants);
  const chosen = presets.find((one) => one.name === preset);
  return {
    block: name.trim() === '' ? 'Give it a name you will know it by.' : /^\d{1,3}$/.test(days) && Number(days) >= 1 && Number(days) <= PAT_DAYS_MAX ? null : `From 1 to ${PAT_DAYS_MAX} days.`,
    wanted: () => ({ name: name.trim(), ...(preset === AS_YOU ? { scopes: [...(chosen?.scopes ?? [])] } : { preset }), days: Number(days), ...(named.length > 0 && { tenants: named }) }),
    fields: (
      <>
        <Field label="Name" value={name} onChange={setName} maxLength={PAT_NAME_MAX} autoFocus={first === ''} />
        <Choices
          legend="May"
          value={preset}
          onChange={setPreset}
          options={presets.map(({ name: key, says, scopes }) => [
            key,
            <>
              <strong className="mono">{key}</strong>
              <br />
              <span className="muted">{says}</span>
              {key === AS_YOU ? <span className="muted mono wrap-anywhere">: {scopes.join(', ')}</span> : null}
            </>,
          ])}
        />
        <Field label="Tenants" value={tenants} onChange={setTenants} mono hint="Separated by spaces. Left empty: as far as you reach yourself." />
        <Field label="Days" value={days} onChange={setDays} type="number" inputMode="numeric" />
      </>
    ),
  };
}
