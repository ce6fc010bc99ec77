import { useId, type ReactNode } from 'react';

export type FieldProps = {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly hint?: ReactNode;
  readonly problem?: string | null;
  readonly type?: 'text' | 'email' | 'password' | 'search' | 'number' | 'datetime-local';
  readonly rows?: number; // more than a line
  readonly mono?: boolean;
  readonly autoFocus?: boolean;
  readonly autoComplete?: string;
  readonly inputMode?: 'numeric' | 'text';
  readonly maxLength?: number;
  readonly max?: string; // of a time: with a year of four digits, typing goes on by itself
  /** What is often meant; anything else can be typed. */
  readonly suggest?: readonly string[];
};

export function Field({ label, value, onChange, hint, problem = null, type = 'text', rows, mono = false, autoFocus = false, autoComplete = 'off', inputMode, maxLength, max, suggest }: FieldProps) {
  const id = useId();
  const said = problem ?? hint;
  const shared = {
    id,
    value,
    maxLength,
    autoComplete,
    autoFocus,
    'data-first': autoFocus || undefined,
    spellCheck: false,
    className: `input${mono ? ' mono' : ''}`,
    'aria-invalid': problem !== null || undefined,
    'aria-describedby': said ? `${id}-said` : undefined,
  } as const;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {rows === undefined ? (
        <input {...shared} type={type} max={max} list={suggest ? `${id}-often` : undefined} inputMode={inputMode} onChange={(event) => onChange(event.target.value)} />
      ) : (
        <textarea {...shared} rows={rows} onChange={(event) => onChange(event.target.value)} />
      )}
      {suggest ? (
        <datalist id={`${id}-often`}>
          {suggest.map((often) => (
            <option key={often} value={often} />
          ))}
        </datalist>
      ) : null}
      {said ? (
        <p id={`${id}-said`} className={problem === null ? 'hint' : 'hint hint-bad'} role={problem === null ? undefined : 'alert'}>
          {said}
        </p>
      ) : null}
    </div>
  );
}
