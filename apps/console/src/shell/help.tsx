import type { PageRow } from '../pages.ts';
import { Dialog } from '../ui/dialog.tsx';

const KEYS: readonly (readonly [string, string])[] = [
  ['Ctrl K', 'search for a tenant, an agent, a session, a page of the console or of the docs'],
  ['?', 'this help'],
  ['Ctrl .', 'in a session: to END SESSION'],
  ['Tab', 'to the next thing that can be pressed'],
  ['Esc', 'close what is open'],
];

export function Help({ row, onClose }: { readonly row: PageRow; readonly onClose: () => void }) {
  return (
    <Dialog title={`Help: ${row.title}`} onClose={onClose}>
      <div className="stack">
        {row.help.map((line) => (
          <p key={line}>{line}</p>
        ))}
        <h3>Keys</h3>
        <dl className="pairs">
          {KEYS.map(([key, does]) => (
            <div key={key}>
              <dt>
                <kbd>{key}</kbd>
              </dt>
              <dd>{does}</dd>
            </div>
          ))}
        </dl>
        <p>
          More is in the <a href="/docs">documentation</a>.
        </p>
      </div>
    </Dialog>
  );
}
