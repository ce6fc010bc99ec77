import { useId, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';

export type Tab = {
  readonly key: string;
  readonly says: string;
  /** It can be looked at, and nothing in it can be done. */
  readonly isClosed?: boolean;
  readonly panel: (isShown: boolean) => ReactNode;
};

/** One of several in sight; the others stay as they were left. Arrow keys, Home and End go from one to the next. */
export function Tabs({ name, tabs }: { readonly name: string; readonly tabs: readonly Tab[] }) {
  const id = useId();
  const [at, setAt] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const pressed = (event: KeyboardEvent) => {
    const step = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = (step + tabs.length) % tabs.length;
    setAt(next);
    list.current?.querySelectorAll<HTMLElement>('[role="tab"]')[next]?.focus();
  };
  return (
    <div className="tabs">
      <div className="tab-list" role="tablist" aria-label={name} ref={list} onKeyDown={pressed}>
        {tabs.map(({ key, says, isClosed }, i) => (
          <button key={key} type="button" role="tab" id={`${id}-${key}`} className={`tab${isClosed ? ' tab-closed' : ''}`} aria-selected={i === at} aria-controls={`${id}-${key}-panel`} tabIndex={i === at ? 0 : -1} onClick={() => setAt(i)}>
            {says}
            {isClosed ? <span className="hidden-text">, not allowed</span> : null}
          </button>
        ))}
      </div>
      {tabs.map(({ key, panel }, i) => (
        <div key={key} role="tabpanel" id={`${id}-${key}-panel`} aria-labelledby={`${id}-${key}`} hidden={i !== at}>
          {panel(i === at)}
        </div>
      ))}
    </div>
  );
}
