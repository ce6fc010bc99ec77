import { useId, type ReactNode } from 'react';
import { Icon, type IconShape } from './icon.tsx';

type Look = 'main' | 'plain' | 'quiet' | 'danger';
export type ButtonProps = {
  readonly children?: ReactNode;
  readonly onPress?: () => void;
  readonly look?: Look;
  readonly small?: boolean;
  readonly icon?: IconShape;
  readonly type?: 'button' | 'submit';
  readonly form?: string;
  readonly busy?: boolean;
  /** Why it cannot be pressed now. It stays reachable by keyboard, so that everybody can read the reason. */
  readonly whyNot?: string | null;
  readonly name?: string; // for readers, where the words on it are few
  readonly pressed?: boolean; // of one that stays down
};

export function Button({ children, onPress, look = 'plain', small = false, icon, type = 'button', form, busy = false, whyNot = null, name, pressed }: ButtonProps) {
  const id = useId();
  const blocked = whyNot !== null || busy;
  return (
    <span className="button-place">
      <button
        type={type}
        form={form}
        className={`button button-${look}${small ? ' button-small' : ''}`}
        aria-disabled={blocked || undefined}
        aria-busy={busy || undefined}
        aria-pressed={pressed}
        aria-describedby={whyNot === null ? undefined : id}
        aria-label={name}
        title={whyNot ?? undefined}
        onClick={(event) => {
          if (blocked) event.preventDefault();
          else onPress?.();
        }}
      >
        {icon ? <Icon shape={icon} size={16} /> : null}
        {children === undefined ? null : <span>{children}</span>}
        {busy ? <span className="spinner" aria-hidden="true" /> : null}
      </button>
      {whyNot === null ? null : (
        <span id={id} className="hidden-text">
          {whyNot}
        </span>
      )}
    </span>
  );
}
