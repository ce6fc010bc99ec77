import { WEEKDAYS } from '@argus/protocol/consent-hours.ts';
import type { ScopeField } from '@argus/protocol/consent-scope.ts';
import { capital } from '../pages/consent-words.ts';
import { Button } from '../ui/button.tsx';
import { Choices } from '../ui/choices.tsx';
import { Field } from '../ui/field.tsx';
import { namesIn, toggled } from '../ui/names.ts';
import { NamesField } from '../ui/names-field.tsx';
import { NEW_WINDOW, type Side, type SideDraft, type WindowDraft } from './draft.ts';

type Words = { readonly legend: string; readonly open: string; readonly narrowed: string; readonly hint: string };
const WORDS: Readonly<Record<ScopeField, Words>> = {
  commands: { legend: 'Commands', open: 'Every command an agent has', narrowed: 'Only some commands', hint: '' },
  cameras: { legend: 'Cameras', open: 'Every camera of these machines', narrowed: 'Only some cameras', hint: 'Their ids, as the page of the agent has them, separated by spaces. Left empty: none at all.' },
  agents: { legend: 'Machines', open: 'Every machine of the tenant', narrowed: 'Only some machines', hint: 'The ids of their agents, separated by spaces.' },
  hours: { legend: 'Hours', open: 'At any hour', narrowed: 'Only at some hours', hint: '' },
};
const WINDOWS_MAX = 32; // of the contract

type ScopeSideProps = {
  readonly side: Side;
  readonly value: SideDraft;
  readonly onChange: (value: SideDraft) => void;
  readonly problem: string | null;
  readonly zoneProblem: string | null; // of hours
  /** What there is of the kind, as far as it is known here. */
  readonly known?: readonly string[];
};

/** One side of what a consent is for: left open, or narrowed to what is named. */
export function ScopeSide({ side: { name, of }, value, onChange, problem, zoneProblem, known = [] }: ScopeSideProps) {
  const { legend, open, narrowed, hint } = WORDS[name];
  const setNames = (names: string) => onChange({ ...value, names });
  const few = of === 'hours' || of === 'names' ? [] : of;
  return (
    <div className="stack-close">
      <Choices legend={legend} value={value.isNarrowed ? 'narrowed' : 'open'} onChange={(how) => onChange({ ...value, isNarrowed: how === 'narrowed' })} options={[['open', open], ['narrowed', narrowed]]} />
      {!value.isNarrowed ? null : of === 'hours' ? (
        <Hours value={value} onChange={onChange} problem={problem} zoneProblem={zoneProblem} />
      ) : of === 'names' ? (
        <NamesField label={`${legend}, by id`} value={value.names} onChange={setNames} hint={hint} problem={problem} known={known} knownAs={`${legend} that are known`} />
      ) : (
        <fieldset className="narrowed ticks" aria-label={`${legend} that are allowed`}>
          {few.map((one) => (
            <label key={one} className="tick">
              <input type="checkbox" checked={namesIn(value.names).includes(one)} onChange={() => setNames(toggled(value.names, one))} />
              <span className="mono">{one}</span>
            </label>
          ))}
        </fieldset>
      )}
    </div>
  );
}

/** Names of zones, as the contract takes them; of some four hundred, those that what was typed is part of. */
const ZONES = Intl.supportedValuesOf('timeZone');
const ZONES_OFFERED = 12;
const zonesLike = (typed: string): readonly string[] => ZONES.filter((zone) => zone.toLowerCase().includes(typed.trim().toLowerCase())).slice(0, ZONES_OFFERED);

function Hours({ value, onChange, problem, zoneProblem }: Pick<ScopeSideProps, 'value' | 'onChange' | 'problem' | 'zoneProblem'>) {
  const { zone, windows } = value;
  const setWindow = (at: number, window: WindowDraft | null) => onChange({ ...value, windows: windows.flatMap((one, i) => (i !== at ? [one] : window === null ? [] : [window])) });
  return (
    <div className="narrowed stack-close">
      <Field label="Time zone" value={zone} onChange={(to) => onChange({ ...value, zone: to })} mono suggest={zonesLike(zone)} hint="Where the tenant is: the clock on that wall counts. 24:00 is the end of a day, and hours over midnight are two." problem={zoneProblem} />
      {windows.map((window, i) => (
        <Window key={i} number={i + 1} window={window} onChange={(to) => setWindow(i, to)} onRemove={windows.length > 1 ? () => setWindow(i, null) : null} />
      ))}
      {problem === null ? null : <p className="hint hint-bad" role="alert">Hours {problem}.</p>}
      <Button small whyNot={windows.length < WINDOWS_MAX ? null : `There are ${WINDOWS_MAX} at most.`} onPress={() => onChange({ ...value, windows: [...windows, NEW_WINDOW] })}>
        Add hours
      </Button>
    </div>
  );
}

function Window({ number, window, onChange, onRemove }: { readonly number: number; readonly window: WindowDraft; readonly onChange: (window: WindowDraft) => void; readonly onRemove: (() => void) | null }) {
  const { days, from, to } = window;
  return (
    <fieldset className="window">
      <legend>Hours {number}</legend>
      <div className="days">
        {WEEKDAYS.map((day) => (
          <label key={day} className="tick">
            <input type="checkbox" checked={days.includes(day)} onChange={() => onChange({ ...window, days: WEEKDAYS.filter((one) => (one === day ? !days.includes(day) : days.includes(one))) })} />
            <span>{capital(day)}</span>
          </label>
        ))}
      </div>
      <div className="from-to">
        <Field label="From" value={from} onChange={(time) => onChange({ ...window, from: time })} mono maxLength={5} />
        <Field label="To" value={to} onChange={(time) => onChange({ ...window, to: time })} mono maxLength={5} />
        {onRemove === null ? null : (
          <Button small onPress={onRemove} name={`Remove hours ${number}`}>
            Remove
          </Button>
        )}
      </div>
    </fieldset>
  );
}
