import { TRIPWIRES, type Tripwire } from '@argus/protocol/tripwires.ts';
import { Badge } from '../ui/badge.tsx';
import { spanWords } from '../ui/time.ts';

/** What each wire means: the words are the server's own. */
export function Tripwires({ firing }: { readonly firing: ReadonlySet<string> }) {
  return (
    <details className="wires">
      <summary>What Argus watches for by itself ({Object.keys(TRIPWIRES).length} tripwires)</summary>
      <ul className="cards">
        {Object.entries<Tripwire>(TRIPWIRES).map(([kind, { severity, quietMs, looksAt, says }]) => (
          <li key={kind} className="card">
            <div className="card-head">
              <strong className="mono">{kind}</strong>
              {firing.has(kind) ? <Badge tone="bad" dot>Open</Badge> : <Badge tone={severity === 'high' ? 'warn' : 'calm'}>{severity}</Badge>}
            </div>
            <p>{says}</p>
            <p className="muted">
              It looks at {looksAt}. The same again within {spanWords(quietMs / 1_000)} is counted, not told again. {severity === 'high' ? 'Mailed at once.' : 'Mailed in a digest.'}
            </p>
          </li>
        ))}
      </ul>
    </details>
  );
}
