import { useId, useLayoutEffect, useRef, type ReactNode } from 'react';
import { Icon } from './icon.tsx';

/** The browser's own dialog: it keeps the focus, closes with Escape, and gives the focus back. */
export function Dialog({ title, children, footer, onClose, wide = false }: { readonly title: string; readonly children: ReactNode; readonly footer?: ReactNode; readonly onClose: () => void; readonly wide?: boolean }) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  // While it is still in the page: one that is out of it gives nothing back, and the next one would open from nowhere.
  useLayoutEffect(() => {
    const dialog = ref.current;
    dialog?.showModal();
    dialog?.querySelector<HTMLElement>('[data-first]')?.focus(); // else it is the button that closes
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={ref}
      className={`dialog${wide ? ' dialog-wide' : ''}`}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <header className="dialog-head">
        <h2 id={id}>{title}</h2>
        <button type="button" className="button button-quiet button-small" onClick={onClose} aria-label="Close">
          <Icon shape="close" size={16} />
        </button>
      </header>
      <div className="dialog-body">{children}</div>
      {footer ? <footer className="dialog-foot">{footer}</footer> : null}
    </dialog>
  );
}
