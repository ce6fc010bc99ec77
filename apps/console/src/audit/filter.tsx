import { useEffect, useId, useState } from 'react';
import { OUTCOMES, EVENT_TYPES } from '@argus/protocol/leaf.ts';
import { Button } from '../ui/button.tsx';
import { Filter } from '../ui/filter.tsx';
import { isLast, LAST, type FilterName, type Filters } from './filters.ts';

const TYPES = Object.keys(EVENT_TYPES).toSorted();
const TYPED = [
  ['operator', 'Operator'],
  ['code', 'Code'],
  ['agent', 'Agent'],
  ['session', 'Session'],
] as const satisfies readonly (readonly [FilterName, string])[];

/** What is chosen counts at once; what is typed, with Enter or when the field is left: each question is on record. */
export function AuditFilter({ filters, tenants, onAsk }: { readonly filters: Filters; readonly tenants: readonly string[]; readonly onAsk: (filters: Filters) => void }) {
  const ask = (name: FilterName, value: string) => onAsk({ ...filters, [name]: value });
  const named = filters.tenant !== undefined && !tenants.includes(filters.tenant) ? [filters.tenant, ...tenants] : tenants;
  const isBetween = filters.from !== undefined || filters.to !== undefined;
  const [between, setBetween] = useState(isBetween);
  const period = (value: string) => {
    setBetween(value === 'between');
    if (value !== 'between') onAsk({ ...filters, from: '', to: '', last: isLast(value) ? value : '' });
    else onAsk({ ...filters, last: '' });
  };
  const asked = Object.values(filters).filter((text) => text !== undefined).length;
  return (
    <div className="stack-tight">
      <Filter
        label="Filter the audit"
        choices={[
          { name: 'Tenant', value: filters.tenant ?? '', onChange: (value) => ask('tenant', value), options: [['', 'Any tenant'], ...named.map((id) => [id, id] as const)] },
          { name: 'Action', value: filters.action ?? '', onChange: (value) => ask('action', value), options: [['', 'Any action'], ...TYPES.map((type) => [type, type] as const)] },
          { name: 'Outcome', value: filters.outcome ?? '', onChange: (value) => ask('outcome', value), options: [['', 'Any outcome'], ...OUTCOMES.map((one) => [one, one] as const)] },
          { name: 'Period', value: between || isBetween ? 'between' : (filters.last ?? ''), onChange: period, options: [['', 'Any time'], ...Object.entries(LAST).map(([key, [says]]) => [key, says] as const), ['between', 'From … to …']] },
        ]}
      />
      <div className="filter">
        <Typed label="Text" wide value={filters.text} onAsk={(value) => ask('text', value)} />
        {TYPED.map(([name, label]) => (
          <Typed key={name} label={label} value={filters[name]} onAsk={(value) => ask(name, value)} />
        ))}
        {between || isBetween ? (
          <>
            <When label="From" value={filters.from} onAsk={(value) => ask('from', value)} />
            <When label="To" value={filters.to} onAsk={(value) => ask('to', value)} />
          </>
        ) : null}
        {asked === 0 ? null : (
          <Button
            look="quiet"
            onPress={() => {
              setBetween(false);
              onAsk({});
            }}
          >
            Clear
          </Button>
        )}
      </div>
    </div>
  );
}

type TypedProps = { readonly label: string; readonly value: string | undefined; readonly onAsk: (value: string) => void; readonly wide?: boolean };
function Typed({ label, value = '', onAsk, wide = false }: TypedProps) {
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]); // another view was opened
  const said = () => {
    if (typed.trim() !== value) onAsk(typed.trim());
  };
  return (
    <form
      className={`typed${wide ? ' typed-wide' : ''}`}
      onSubmit={(event) => {
        event.preventDefault();
        said();
      }}
    >
      <input className="input" type="search" aria-label={label} placeholder={label} value={typed} spellCheck={false} autoComplete="off" maxLength={200} onChange={(event) => setTyped(event.target.value)} onBlur={said} />
    </form>
  );
}

/** By the clock of whoever looks; in the address it is the same moment for everybody. */
function When({ label, value = '', onAsk }: TypedProps) {
  const id = useId();
  const local = (iso: string): string => {
    const at = new Date(iso);
    return Number.isNaN(at.getTime()) ? '' : new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  };
  return (
    <span className="typed typed-when">
      <label htmlFor={id}>{label}</label>
      <input id={id} className="input" type="datetime-local" value={local(value)} onChange={(event) => onAsk(event.target.value === '' ? '' : new Date(event.target.value).toISOString())} />
    </span>
  );
}
