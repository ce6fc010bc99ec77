import { useMemo } from 'react';
import type { ResultOf } from '@argus/protocol/commands/index.ts';
import { Badge } from '../ui/badge.tsx';
import { piecesOf } from '../ui/pieces.ts';
import { Save } from '../ui/save.tsx';
import { TextLines } from '../ui/text-lines.tsx';
import { Facts } from '../pages/page.tsx';
import { bytesOf, hexLines } from './bytes.ts';
import { Digest } from './digest.tsx';
import { linesOf } from './log-lines.ts';

/** The one file in which the agent blanks secrets; elsewhere the same word is only a word. */
const BLANKED_IN = 'config.yaml';
const HEX_MAX = 65_536;

/** A file as it was sent: as text where it is text, with marks where the machine blanked a secret. */
export function FileView({ value, agent }: { readonly value: ResultOf<'read_file'>; readonly agent: string }) {
  const { bytes, isWhole } = useMemo(() => bytesOf(value), [value]);
  const hasMarks = value.path === BLANKED_IN;
  const lines = useMemo(() => (value.text === undefined ? hexLines(bytes, HEX_MAX) : linesOf(value.text)), [value, bytes]);
  const blanked = hasMarks ? lines.reduce((sum, line) => sum + piecesOf(line, { hasMarks }).filter(({ is }) => is === 'blanked').length, 0) : 0;
  return (
    <>
      <Facts
        rows={[
          ['File', <span key="file" className="mono">{value.path}</span>],
          ['Size', <span key="size" className="cell-row">{value.size.toLocaleString('en')} bytes{value.truncated ? <Badge tone="warn">The file goes on</Badge> : null}</span>],
          ['SHA-256', <Digest key="digest" sha256={value.sha256} isWhole={isWhole} />],
          ...(hasMarks ? ([['Blanked', blanked === 0 ? 'nothing' : `${blanked} ${blanked === 1 ? 'secret' : 'secrets'}, by the machine, before it sent the file`]] as const) : []),
        ]}
      />
      <TextLines key={value.path} name={`Text of ${value.path}`} lines={lines} hasNumbers={value.text !== undefined} hasMarks={hasMarks} />
      <p className="viewer-foot">
        <Save bytes={bytes} as={`${agent} ${value.path.replaceAll('/', ' ')}`} />
        {value.text === undefined ? <span className="muted">No text: its bytes are shown{bytes.length > HEX_MAX ? `, the first ${HEX_MAX.toLocaleString('en')}` : ''}.</span> : null}
      </p>
    </>
  );
}
