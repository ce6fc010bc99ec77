import * as api from '@argus/client/requests.ts';
import type { AgentId } from '@argus/protocol/ids.ts';
import { useLayoutEffect, useRef, useState } from 'react';
import { useData } from '../api/use-data.ts';
import { Button } from '../ui/button.tsx';
import { Moment, useNow } from '../ui/moment.tsx';
import { gapsIn, lengthOf, mergedWithin, type Span } from '../ui/spans.ts';
import { exactly, spanWords } from '../ui/time.ts';
import { Panel, Shown } from './page.tsx';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const RANGES = { day: { says: '24 hours', ms: DAY_MS, rows: 1 }, week: { says: '7 days', ms: 7 * DAY_MS, rows: 7 }, month: { says: '30 days', ms: 30 * DAY_MS, rows: 30 } } as const;
type Range = keyof typeof RANGES;
const LISTED_MAX = 8;
const WEEKDAY = new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: '2-digit', month: 'short' });

/** When the machine was on its line: a picture, the same in a sentence, and the interruptions by themselves. */
export function LineHistory({ agent }: { readonly agent: AgentId }) {
  const seen = useData(api.agentLines(agent), ['agents']);
  const [range, setRange] = useState<Range>('day');
  const minute = Math.floor(useNow() / 60_000) * 60_000; // drawn again once a minute, not with each tick
  return (
    <Panel
      title="On its line"
      wide
      actions={
        <div className="cell-row" role="group" aria-label="Shown are the last">
          {Object.entries(RANGES).map(([key, { says }]) => (
            <Button key={key} small look={range === key ? 'plain' : 'quiet'} pressed={range === key} onPress={() => setRange(key as Range)}>
              {says}
            </Button>
          ))}
        </div>
      }
    >
      <Shown seen={seen}>
        {({ lines, more }) => {
          const to = Math.max(minute, seen.at ?? minute);
          const shown = { from: to - RANGES[range].ms, to };
          const spans = mergedWithin(lines.map(({ came_at: came, went_at: went }) => ({ from: Date.parse(came), to: went === null ? to : Date.parse(went) })), shown);
          const gaps = gapsIn(spans, 1_000).toReversed();
          return (
            <>
              <p>{sentenceOf(spans, { gaps: gaps.length, shown, says: RANGES[range].says })}</p>
              <Chart spans={spans} shown={shown} rows={RANGES[range].rows} label={sentenceOf(spans, { gaps: gaps.length, shown, says: RANGES[range].says })} />
              {gaps.length === 0 ? null : (
                <ul className="lines">
                  {gaps.slice(0, LISTED_MAX).map((gap) => (
                    <li key={gap.from}>
                      <span>Away for {spanWords((gap.to - gap.from) / 1_000)}</span>
                      <span className="muted">
                        from <Moment at={new Date(gap.from).toISOString()} />, {exactly(gap.from)} to {exactly(gap.to)}
                      </span>
                    </li>
                  ))}
                </ul>
              )}
              {gaps.length > LISTED_MAX ? <p className="muted">And {gaps.length - LISTED_MAX} more.</p> : null}
              {more ? <p className="muted">It came and went more often than is shown here; what is older is left out.</p> : null}
            </>
          );
        }}
      </Shown>
    </Panel>
  );
}

function sentenceOf(spans: readonly Span[], { gaps, shown, says }: { readonly gaps: number; readonly shown: Span; readonly says: string }): string {
  if (spans.length === 0) return `Not once on its line in the last ${says}.`;
  const length = lengthOf(spans);
  const share = (length / (shown.to - shown.from)) * 100;
  const part = share >= 99.95 ? 'all of' : share < 1 ? `${spanWords(length / 1_000)} of` : `${Math.floor(share)} % of`;
  return `On its line for ${part} the last ${says}, ${gaps === 0 ? 'without an interruption' : gaps === 1 ? 'with one interruption' : `with ${gaps} interruptions`}.`;
}

const [ROW, LINE] = [20, 12];
/** One row for each day, the newest below. There is a bar where it was there and a thin rule where it was not: shape says it, not colour. */
function Chart({ spans, shown, rows, label }: { readonly spans: readonly Span[]; readonly shown: Span; readonly rows: number; readonly label: string }) {
  const { ref, wide } = useWidth();
  const perRow = (shown.to - shown.from) / rows;
  const [left, below] = [rows === 1 ? 0 : 84, 18];
  const tall = rows === 1 ? 30 : LINE;
  const step = rows === 1 ? 34 : rows > 10 ? 15 : ROW;
  const at = (time: number, row: number) => left + ((time - (shown.from + row * perRow)) / perRow) * (wide - left);
  const marks = wide < 480 ? [0, 0.5, 1] : [0, 0.25, 0.5, 0.75, 1];
  return (
    <svg ref={ref} className="history" height={rows * step + below} role="img" aria-label={label}>
      {Array.from({ length: rows }, (_, row) => {
        const part = { from: shown.from + row * perRow, to: shown.from + (row + 1) * perRow };
        const y = row * step;
        return (
          <g key={part.from}>
            {rows === 1 ? null : (
              <text x={0} y={y + tall - 2} className="history-word">
                {WEEKDAY.format(part.to)}
              </text>
            )}
            <line x1={left} x2={wide} y1={y + tall / 2} y2={y + tall / 2} className="history-away" />
            {mergedWithin(spans, part).map((span) => (
              <rect key={span.from} x={at(span.from, row)} width={Math.max(1, at(span.to, row) - at(span.from, row))} y={y} height={tall} rx={2} className="history-there" />
            ))}
          </g>
        );
      })}
      {marks.map((part) => (
        <text key={part} x={left + part * (wide - left)} y={rows * step + below - 4} textAnchor={part === 0 ? 'start' : part === 1 ? 'end' : 'middle'} className="history-word">
          {part === 1 ? (rows === 1 ? 'now' : '24 h') : rows === 1 ? `${24 - part * 24} h ago` : `${part * 24} h`}
        </text>
      ))}
    </svg>
  );
}

/** Words in a picture keep their size: it is drawn as wide as its place is. */
function useWidth() {
  const ref = useRef<SVGSVGElement>(null);
  const [wide, setWide] = useState(640);
  useLayoutEffect(() => {
    const svg = ref.current;
    if (!svg) return;
    const sizes = new ResizeObserver(() => setWide(svg.clientWidth || 640));
    sizes.observe(svg);
    return () => sizes.disconnect();
  }, []);
  return { ref, wide };
}
