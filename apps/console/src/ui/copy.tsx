import { useState } from 'react';
import { Icon } from './icon.tsx';

export function CopyLine({ text, name }: { readonly text: string; readonly name: string }) {
  const [done, setDone] = useState(false);
  const copy = () => {
    navigator.clipboard.writeText(text).then(
      () => setDone(true),
      () => setDone(false), // the text stands there to be marked by hand
    );
  };
  return (
    <div className="copy-line">
      <pre tabIndex={0}>{text}</pre>
      <button type="button" className="button button-quiet button-small" onClick={copy} aria-label={`Copy ${name}`}>
        <Icon shape={done ? 'check' : 'copy'} size={16} />
        <span aria-live="polite">{done ? 'Copied' : 'Copy'}</span>
      </button>
    </div>
  );
}
