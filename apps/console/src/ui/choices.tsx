import { useId, type ReactNode } from 'react';

type ChoicesProps<T extends string> = {
  readonly legend: string;
  readonly value: T;
  readonly onChange: (value: T) => void;
  /** One with a reason against it cannot be chosen, and the reason stands beside it. */
  readonly options: readonly (readonly [key: T, says: ReactNode, whyNot?: string | null])[];
};

/** One of a few, all of them in sight. */
export function Choices<T extends string>({ legend, value, onChange, options }: ChoicesProps<T>) {
  const name = useId();
  return (
    <fieldset className="choices">
      <legend>{legend}</legend>
      {options.map(([key, says, whyNot = null]) => (
        <label key={key} className="tick">
          <input type="radio" name={name} checked={value === key} disabled={whyNot !== null} onChange={() => onChange(key)} />
          <span>
            {says}
            {whyNot === null ? null : <span className="hint hint-line">{whyNot}</span>}
          </span>
        </label>
      ))}
    </fieldset>
  );
}
