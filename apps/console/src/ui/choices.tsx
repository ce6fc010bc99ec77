import { useId, type ReactNode } from 'react';

type ChoicesProps<T extends string> = {
  readonly legend: string;
  readonly value: T;
  readonly onChange: (value: T) => void;
  readonly options: readonly (readonly [key: T, says: ReactNode])[];
};

/** One of a few, all of them in sight. */
export function Choices<T extends string>({ legend, value, onChange, options }: ChoicesProps<T>) {
  const name = useId();
  return (
    <fieldset className="choices">
      <legend>{legend}</legend>
      {options.map(([key, says]) => (
        <label key={key} className="tick">
          <input type="radio" name={name} checked={value === key} onChange={() => onChange(key)} />
          <span>{says}</span>
        </label>
      ))}
    </fieldset>
  );
}
