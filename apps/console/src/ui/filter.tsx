import { useId } from 'react';
import { Icon } from './icon.tsx';

type Choice = { readonly name: string; readonly value: string; readonly onChange: (value: string) => void; readonly options: readonly (readonly [string, string])[] };
export function Filter({ label, words, onWords, choices }: { readonly label: string; readonly words?: string; readonly onWords?: (words: string) => void; readonly choices: readonly Choice[] }) {
  return (
    <div className="filter" role="search">
      {onWords ? (
        <label className="filter-words">
          <span className="hidden-text">{label}</span>
          <Icon shape="search" size={16} />
          <input className="input" type="search" placeholder={label} value={words} spellCheck={false} onChange={(event) => onWords(event.target.value)} />
        </label>
      ) : null}
      {choices.map((choice) => (
        <Select key={choice.name} {...choice} />
      ))}
    </div>
  );
}
function Select({ name, value, onChange, options }: Choice) {
  const id = useId();
  return (
    <span className="select">
      <label htmlFor={id} className="hidden-text">
        {name}
      </label>
      <select id={id} className="input" value={value} onChange={(event) => onChange(event.target.value)}>
        {options.map(([key, words]) => (
          <option key={key} value={key}>
            {words}
          </option>
        ))}
      </select>
    </span>
  );
}
