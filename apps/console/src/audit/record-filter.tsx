import { useEffect, useId, useState } from 'react';
import { Button } from '../ui/button.tsx';
import { Filter } from '../ui/filter.tsx';
import { isLast, LAST, type Period } from './filters.ts';

type Named<F> = { readonly name: Exclude<keyof F & string, keyof Period>; readonly label: string };
type RecordFilterProps<F extends Period> = {
  readonly label: string;
  readonly filters: F;
  readonly choices: readonly (Named<F> & { readonly any: string; readonly options: readonly string[] })[];
  readonly typed: readonly (Named<F> & { readonly wide?: true })[];
  readonly onAsk: (filters: F) => void;
};

/** What is chosen counts at once; what is typed, with Enter or when the field is left: each question is on record. */
export function RecordFilter<F extends Period>({ label, filters, choices, typed, onAsk }: RecordFilterProps<F>) {
  const valueOf = (name: keyof F): string => String(filters[name] ?? '');
  const ask = (name: keyof F, value: string) => onAsk({ ...filters, [name]: value });
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
        label={label}
        choices={[
          // What is asked already can be seen, also where nothing of the kind is known here.
          ...choices.map(({ name, label: says, any, options }) => ({ name: says, value: valueOf(name), onChange: (value: string) => ask(name, value), options: [...new Set(['', valueOf(name), ...options])].map((one) => [one, one === '' ? any : one] as const) })),
          { name: 'Period', value: between || isBetween ? 'between' : (filters.last ?? ''), onChange: period, options: [['', 'Any time'], ...Object.entries(LAST).map(([key, [says]]) => [key, says] as const), ['between', 'From … to …']] },
        ]}
      />
      <div className="filter">
        {typed.map(({ name, label: says, wide }) => (
          <Typed key={name} label={says} wide={wide ?? false} value={valueOf(name)} onAsk={(value) => ask(name, value)} />
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
              onAsk({} as F); // nothing is asked any more: every filter may be missing
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
