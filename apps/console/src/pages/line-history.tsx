import * as api from '@argus/client/requests.ts';
import type { AgentId } from '@argus/protocol/ids.ts';
import { useLayoutEffect, useRef, useState } from 'react';
import { useData } from '../api/use-data.ts';
import { Button } from '../ui/button.tsx';
import { Moment, useNow } from '../ui/moment.tsx';
import { gapsIn, lengthOf, mergedWithin, type Span } from '../ui/spans.ts';
import { exactly, spanWords } from '../ui/time.ts';
import { Panel, Shown } from './page.tsx';

const DAY_MS = 86_400_000;
const RANGES = { day: { says: '24 hours', days: 1 }, week: { says: '7 days', days: 7 }, month: { says: '30 days', days: 30 } } as const;
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
          const { says, days } = RANGES[range];
          const rows = days === 1 ? [{ from: to - DAY_MS, to }] : daysUntil(to, days);
          const shown = { from: rows[0]?.from ?? to, to };
          const spans = mergedWithin(lines.map(({ came_at: came, went_at: went }) => ({ from: Date.parse(came), to: went === null ? to : Date.parse(went) })), shown);
          const gaps = gapsIn(spans, 1_000).toReversed();
          const sentence = sentenceOf(spans, { gaps: gaps.length, shown, says });
          return (
            <>
              <p>{sentence}</p>
              <Chart spans={spans} rows={rows} label={sentence} />
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
function Chart({ spans, rows, label }: { readonly spans: readonly Span[]; readonly rows: readonly Span[]; readonly label: string }) {
  const { ref, wide } = useWidth();
  const isOne = rows.length === 1;
  const [left, below] = [isOne ? 0 : 84, 18];
  const tall = isOne ? 30 : LINE;
  const step = isOne ? 34 : rows.length > 10 ? 15 : ROW;
  const marks = wide < 480 ? [0, 0.5, 1] : [0, 0.25, 0.5, 0.75, 1];
  return (
    <svg ref={ref} className="history" height={rows.length * step + below} role="img" aria-label={label}>
      {rows.map((day, row) => {
        const y = row * step;
        const at = (time: number) => left + ((time - day.from) / (day.to - day.from)) * (wide - left);
        return (
          <g key={day.from}>
            {isOne ? null : (
              <text x={0} y={y + tall - 2} className="history-word">
                {WEEKDAY.format(day.from)}
              </text>
            )}
            <line x1={left} x2={wide} y1={y + tall / 2} y2={y + tall / 2} className="history-away" />
            {mergedWithin(spans, day).map((span) => (
              <rect key={span.from} x={at(span.from)} width={Math.max(1, at(span.to) - at(span.from))} y={y} height={tall} rx={2} className="history-there" />
            ))}
          </g>
        );
      })}
      {marks.map((part) => (
        <text key={part} x={left + part * (wide - left)} y={rows.length * step + below - 4} textAnchor={part === 0 ? 'start' : part === 1 ? 'end' : 'middle'} className="history-word">
          {isOne ? (part === 1 ? 'now' : `${24 - part * 24} h ago`) : `${String(part * 24).padStart(2, '0')}:00`}
        </text>
      ))}
    </svg>
  );
}

/** Days from midnight to midnight where the reader is, today the last of them. */
function daysUntil(now: number, count: number): readonly Span[] {
  const midnight = (day: number) => {
    const date = new Date(now);
    date.setHours(0, 0, 0, 0);
    return date.setDate(date.getDate() - count + 1 + day); // some days have 23 hours, and some 25
  };
  return Array.from({ length: count }, (_, day) => ({ from: midnight(day), to: midnight(day + 1) }));
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
