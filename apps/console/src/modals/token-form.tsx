import { useState, type ReactNode } from 'react';
import type { CreatePat } from '@argus/protocol/http/pats.ts';
import { PAT_DAYS_MAX, PAT_NAME_MAX } from '@argus/protocol/http/pats.ts';
import { useWho } from '../api/who.tsx';
import { Choices } from '../ui/choices.tsx';
import { Field } from '../ui/field.tsx';
import { useTenants } from './choose-tenants.tsx';
import { AS_YOU, isOfOneTenant, whyNotGive, type Preset } from './presets.ts';

export type TokenForm = {
  readonly fields: ReactNode;
  /** Why it cannot be made yet; null: it can. */
  readonly block: string | null;
  readonly wanted: () => CreatePat;
};

/** What a token is to be called, what it may do, for whom and for how long. The first preset that this person may give stands chosen. */
export function useTokenForm({ presets, name: first = '', days: daysFirst }: { readonly presets: readonly Preset[]; readonly name?: string; readonly days: number }): TokenForm {
  const [name, setName] = useState(first);
  const { scopes: mine, user } = useWho();
  const [preset, setPreset] = useState(() => presets.find((one) => whyNotGive(one, mine) === null)?.name ?? '');
  const [days, setDays] = useState(String(daysFirst));
  const chosen = presets.find((one) => one.name === preset);
  const isOfOne = chosen !== undefined && isOfOneTenant(chosen);
  const tenants = useTenants(isOfOne ? 'some' : 'all');
  const reached = tenants.given.tenants ?? user.tenants;
  const tenantsBlock = tenants.block ?? (isOfOne && (reached === 'all' || reached.length !== 1) ? 'A token that reads a tenant’s own log is for exactly one tenant.' : null);
  return {
    block: name.trim() === '' ? 'Give it a name you will know it by.' : /^\d{1,3}$/.test(days) && Number(days) >= 1 && Number(days) <= PAT_DAYS_MAX ? (chosen ? tenantsBlock : 'Choose what it may do.') : `From 1 to ${PAT_DAYS_MAX} days.`,
    wanted: () => ({ name: name.trim(), ...(preset === AS_YOU ? { scopes: [...(chosen?.scopes ?? [])] } : { preset }), days: Number(days), ...tenants.given }),
    fields: (
      <>
        <Field label="Name" value={name} onChange={setName} maxLength={PAT_NAME_MAX} autoFocus={first === ''} />
        <Choices
          legend="May"
          value={preset}
          onChange={setPreset}
          options={presets.map((one) => [
            one.name,
            <>
              <strong className="mono">{one.name}</strong>
              <br />
              <span className="muted">{one.says}</span>
              {one.name === AS_YOU ? <span className="muted mono wrap-anywhere">: {one.scopes.join(', ')}</span> : null}
            </>,
            whyNotGive(one, mine),
          ])}
        />
        {tenants.field}
        <Field label="Days" value={days} onChange={setDays} type="number" inputMode="numeric" />
      </>
    ),
  };
}
