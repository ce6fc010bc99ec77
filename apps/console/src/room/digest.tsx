import { Badge } from '../ui/badge.tsx';

/** The digest of what came, and whether this browser gets the same one. */
export const Digest = ({ sha256, isWhole }: { readonly sha256: string; readonly isWhole: boolean }) => (
  <span className="cell-row wrap">
    <span className="mono" title={sha256}>
      {sha256.slice(0, 16)}…
    </span>
    {isWhole ? <Badge tone="good">Checked here</Badge> : <Badge tone="bad">Not what came</Badge>}
  </span>
);
