import { useState } from 'react';
import { useWho } from '../api/who.tsx';
import { href, paths } from '../paths.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { Icon } from '../ui/icon.tsx';
import { keepViews, keptViews, VIEW_NAME_MAX, withoutView, withView, type View } from './views.ts';

/** Views by their names, each a link; the one that is shown can be given a name. */
export function SavedViews({ query }: { readonly query: string }) {
  const { user_id: user } = useWho().user;
  const [views, setViews] = useState(() => keptViews(user));
  const [naming, setNaming] = useState(false);
  const keep = (next: readonly View[]) => {
    keepViews(user, next);
    setViews(next);
  };
  const known = views.some((view) => view.query === query);
  if (views.length === 0 && query === '') return null;
  return (
    <nav className="views" aria-label="Saved views">
      {views.map((view) => (
        <span key={view.name} className="view">
          <a href={href(paths.audit(view.query))} aria-current={view.query === query ? 'page' : undefined}>
            <bdi>{view.name}</bdi>
          </a>
          <button type="button" aria-label={`Forget the view ${view.name}`} onClick={() => keep(withoutView(views, view.name))}>
            <Icon shape="close" size={12} />
          </button>
        </span>
      ))}
      {query === '' || known ? null : (
        <Button small look="quiet" onPress={() => setNaming(true)}>
          Save this view
        </Button>
      )}
      {naming ? (
        <NameView
          onClose={() => setNaming(false)}
          onNamed={(name) => {
            keep(withView(views, { name, query }));
            setNaming(false);
          }}
        />
      ) : null}
    </nav>
  );
}

function NameView({ onNamed, onClose }: { readonly onNamed: (name: string) => void; readonly onClose: () => void }) {
  const [name, setName] = useState('');
  const block = name.trim() === '' ? 'Give it a name.' : null;
  return (
    <Dialog
      title="Save this view"
      onClose={onClose}
      footer={
        <>
          <Button onPress={onClose}>Cancel</Button>
          <Button look="main" type="submit" form="name-view" whyNot={block}>
            Save
          </Button>
        </>
      }
    >
      <form
        id="name-view"
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (block === null) onNamed(name.trim());
        }}
      >
        <Field label="Name" value={name} onChange={setName} maxLength={VIEW_NAME_MAX} autoFocus hint="Kept in this browser until you sign out: the name and what is asked for, and nothing of what is shown. To keep a view for longer, or to hand it to somebody else, keep its address." />
      </form>
    </Dialog>
  );
}
