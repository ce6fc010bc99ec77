import { useState, type ReactNode } from 'react';
import * as api from '@argus/client/requests.ts';
import type { TenantId } from '@argus/protocol/ids.ts';
import { useData } from '../api/use-data.ts';
import { useWho } from '../api/who.tsx';
import { Choices } from '../ui/choices.tsx';
import { NamesField } from '../ui/names-field.tsx';
import { reachBlock, reachProblem, tenantsOf } from './reach.ts';

type ChosenTenants = {
  readonly field: ReactNode;
  /** Why it cannot be sent yet; null: it can. */
  readonly block: string | null;
  readonly given: { readonly tenants?: TenantId[] };
};

/** All tenants one reaches, or only some: said, and never what an empty field means. `first` stands chosen until somebody chooses. */
export function useTenants(first: 'all' | 'some'): ChosenTenants {
  const { scopes, user } = useWho();
  const [how, setHow] = useState<'all' | 'some' | null>(null);
  const [names, setNames] = useState('');
  const listed = useData(scopes.includes('tenants:read') ? api.listTenants() : null, ['tenants']).data?.tenants.map(({ id }) => id);
  const seen = listed ?? (user.tenants === 'all' ? null : user.tenants);
  const chosen = how ?? first;
  const reach = { isNarrowed: chosen === 'some', names };
  return {
    block: reachBlock(reach, seen),
    given: tenantsOf(reach),
    field: (
      <div className="stack-close">
        <Choices
          legend="Tenants"
          value={chosen}
          onChange={setHow}
          options={[
            ['all', <>All tenants I reach <span className="muted wrap-anywhere">– {user.tenants === 'all' ? 'every one of this server, also those to come' : user.tenants.join(', ')}</span></>],
            ['some', 'Only some'],
          ]}
        />
        {chosen === 'all' ? null : <NamesField label="Tenants, by id" value={names} onChange={setNames} hint="Press them, or type their ids, separated by spaces." problem={reachProblem(reach, seen)} known={seen ?? []} knownAs="Tenants you may see" />}
      </div>
    ),
  };
}
