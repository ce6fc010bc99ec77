import { useEffect, useMemo, useRef, useState } from 'react';
import { docsPlaces } from '@argus/client/docs.ts';
import * as api from '@argus/client/requests.ts';
import { useData } from '../api/use-data.ts';
import { useWho } from '../api/who.tsx';
import { go } from '../hash.ts';
import { Dialog } from '../ui/dialog.tsx';
import { HITS_MAX, hitsFor, type Hit } from './hits.ts';

/** Over everything, by keyboard alone: type, arrows, Enter. */
export function Search({ onClose }: { readonly onClose: () => void }) {
  const who = useWho();
  const may = (scope: string) => who.scopes.includes(scope);
  const tenants = useData(may('tenants:read') ? api.listTenants() : null, ['tenants']).data?.tenants;
  const sessions = useData(api.listSessions(), ['sessions']).data?.sessions;
  const docs = useData(docsPlaces(), []).data;
  const [words, setWords] = useState('');
  const [chosen, setChosen] = useState(0);
  const [isGoing, setGoing] = useState(false); // Enter was pressed before the machines were there
  const found = useData(may('tenants:read') ? api.listAgents(undefined, { q: words.trim() === '' ? undefined : words.trim(), limit: HITS_MAX }) : null, ['agents']);
  const isWaiting = found.data === null && found.isAsking;
  const lately = useRef(found.data?.agents);
  if (found.data) lately.current = found.data.agents;
  const agents = lately.current; // until the answer is there, those of the question before: `hitsFor` looks at their words again
  const hits = useMemo(() => hitsFor(words, { tenants: tenants ?? [], agents: agents ?? [], sessions: sessions ?? [], docs: docs ?? [], who }), [words, tenants, agents, sessions, docs, who]);
  const at = Math.min(chosen, Math.max(0, hits.length - 1));
  useEffect(() => {
    if (!isGoing || isWaiting) return;
    setGoing(false);
    open(hits[at]);
  });
  const open = (hit: Hit | undefined) => {
    if (!hit) return;
    if (hit.docs) window.open(hit.path, '_blank', 'noopener'); // what is open here stays open
    else go(hit.path);
    onClose();
  };
  return (
    <Dialog title="Search" onClose={onClose}>
      <input
        className="input search-input"
        type="text"
        role="combobox"
        aria-label="Search for"
        aria-expanded="true"
        aria-controls="search-hits"
        aria-activedescendant={hits[at] ? `hit-${at}` : undefined}
        data-first
        spellCheck={false}
        value={words}
        onChange={(event) => {
          setWords(event.target.value);
          setChosen(0);
        }}
        onKeyDown={(event) => {
          if (event.key === 'ArrowDown') setChosen(Math.min(at + 1, hits.length - 1));
          else if (event.key === 'ArrowUp') setChosen(Math.max(at - 1, 0));
          else if (event.key === 'Enter') setGoing(true);
          else return;
          event.preventDefault();
        }}
      />
      <ul id="search-hits" role="listbox" className="hits" aria-label="Found">
        {hits.map((hit, i) => (
          <li key={hit.path} id={`hit-${i}`} role="option" aria-selected={i === at} onClick={() => open(hit)} onPointerMove={() => setChosen(i)}>
            <span className="hit-kind">{hit.kind}</span>
            <span className="hit-title">{hit.title}</span>
            <span className="muted">{hit.more}</span>
          </li>
        ))}
      </ul>
      {hits.every(({ docs }) => docs) ? <p className="muted">No tenant, agent, session or page you may see goes by that name.</p> : null}
    </Dialog>
  );
}
