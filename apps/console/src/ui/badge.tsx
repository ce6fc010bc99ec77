import type { ReactNode } from 'react';

export type Tone = 'good' | 'warn' | 'bad' | 'live' | 'calm' | 'accent';
/** A state in a word; the colour only underlines what the word says. */
export function Badge({ tone, children, dot = false }: { readonly tone: Tone; readonly children: ReactNode; readonly dot?: boolean }) {
  return (
    <span className={`badge badge-${tone}`}>
      {dot ? <span className="dot" aria-hidden="true" /> : null}
      {children}
    </span>
  );
}
