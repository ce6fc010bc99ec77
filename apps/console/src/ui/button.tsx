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
  /** The reason is in sight as well: for a form that somebody has begun. */
  readonly saysWhy?: boolean;
  readonly name?: string; // for readers, where the words on it are few
  readonly pressed?: boolean; // of one that stays down
};

export function Button({ children, onPress, look = 'plain', small = false, icon, type = 'button', form, busy = false, whyNot = null, saysWhy = false, name, pressed }: ButtonProps) {
  const id = useId();
  const blocked = whyNot !== null || busy;
  return (
    <span className={saysWhy && whyNot !== null ? 'button-place button-says' : 'button-place'}>
      <button
        type={type}
        form={form}
        className={`button button-${look}${small ? ' button-small' : ''}`}
        aria-disabled={blocked || undefined}
        aria-busy={busy || undefined}
        aria-pressed={pressed}
        aria-describedby={whyNot === null ? undefined : id}
        aria-label={name}
        title={saysWhy ? undefined : (whyNot ?? undefined)}
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
        <span id={id} className={saysWhy ? 'hint' : 'hidden-text'}>
          {whyNot}
        </span>
      )}
    </span>
  );
}
