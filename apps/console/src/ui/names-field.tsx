import type { ReactNode } from 'react';
import { Button } from './button.tsx';
import { Field } from './field.tsx';
import { namesIn, offered, toggled } from './names.ts';

type NamesFieldProps = {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly hint: ReactNode;
  readonly problem: string | null;
  /** Those there are, as far as it is known here. */
  readonly known: readonly string[];
  readonly knownAs: string;
};

/** Several of a kind: pressed where they are known, and typed where they are not. */
export function NamesField({ label, value, onChange, hint, problem, known, knownAs }: NamesFieldProps) {
  return (
    <div className="narrowed">
      <Field label={label} value={value} onChange={onChange} mono hint={hint} problem={problem} />
      {known.length === 0 ? null : (
        <div className="chips" role="group" aria-label={knownAs}>
          {offered(known, value).map((one) => (
            <Button key={one} small pressed={namesIn(value).includes(one)} onPress={() => onChange(toggled(value, one))}>
              {one}
            </Button>
          ))}
        </div>
      )}
    </div>
  );
}
