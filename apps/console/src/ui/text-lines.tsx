import { memo, useLayoutEffect, useRef, useState } from 'react';
import { piecesOf, type Sought } from './pieces.ts';
import { windowOf } from './window.ts';

/** Of one line, so much is drawn; a file may be one line. */
const DRAWN_MAX = 2_000;
const ROW = 20;
/** So near to its end, a text counts as read to the end. */
const NEAR = 2 * ROW;

type TextLinesProps = Sought & {
  readonly name: string;
  readonly lines: readonly string[];
  readonly toneOf?: (line: string) => string;
  readonly hasNumbers?: boolean;
  /** The line to bring into sight. */
  readonly at?: number | null;
  /** Stays at the end while lines are added. */
  readonly sticks?: boolean;
  readonly onScrolledUp?: () => void;
};

/** Any number of lines of somebody else's text: only those in sight are in the page. The arrow keys scroll. */
export function TextLines({ name, lines, toneOf, hasNumbers = false, at = null, sticks = false, onScrolledUp, find = '', hasMarks = false }: TextLinesProps) {
  const place = useRef<HTMLDivElement>(null);
  const was = useRef(0);
  const [view, setView] = useState({ top: 0, height: 400 });
  const look = () => {
    const box = place.current;
    if (!box) return;
    if (sticks && box.scrollTop < was.current && box.scrollTop + box.clientHeight < box.scrollHeight - NEAR) onScrolledUp?.();
    was.current = box.scrollTop;
    setView({ top: box.scrollTop, height: box.clientHeight });
  };
  useLayoutEffect(() => {
    const box = place.current;
    if (!box) return;
    const sizes = new ResizeObserver(() => setView({ top: box.scrollTop, height: box.clientHeight }));
    sizes.observe(box);
    return () => sizes.disconnect();
  }, []);
  useLayoutEffect(() => place.current?.style.setProperty('--lines', String(lines.length)), [lines.length]);
  useLayoutEffect(() => {
    const box = place.current;
    if (box && sticks) box.scrollTop = box.scrollHeight;
  }, [sticks, lines]);
  useLayoutEffect(() => {
    const box = place.current;
    if (box && at !== null) box.scrollTop = Math.max(0, at * ROW - box.clientHeight / 2);
  }, [at]);
  const { first, end, before, after } = windowOf({ count: lines.length, row: ROW, top: view.top, height: view.height });
  return (
    <div className="text-lines" ref={place} tabIndex={0} role="region" aria-label={name} onScroll={look}>
      <Gap height={before} />
      {lines.slice(first, end).map((line, i) => (
        <Line key={first + i} text={line} number={hasNumbers ? first + i + 1 : null} tone={toneOf?.(line) ?? ''} isAt={at === first + i} find={find} hasMarks={hasMarks} />
      ))}
      <Gap height={after} />
    </div>
  );
}

type LineProps = Required<Sought> & { readonly text: string; readonly number: number | null; readonly tone: string; readonly isAt: boolean };
const Line = memo(function Line({ text, number, tone, isAt, find, hasMarks }: LineProps) {
  return (
    <div className={`text-line${tone === '' ? '' : ` text-line-${tone}`}${isAt ? ' text-line-at' : ''}`}>
      {number === null ? null : (
        <span className="text-number" aria-hidden="true">
          {number}
        </span>
      )}
      {piecesOf(text.slice(0, DRAWN_MAX), { find, hasMarks }).map((piece, i) =>
        piece.is === 'plain' ? piece.text : piece.is === 'found' ? <mark key={i}>{piece.text}</mark> : <Mark key={i} is={piece.is} text={piece.text} />,
      )}
      {text.length > DRAWN_MAX ? <span className="muted"> … and {text.length - DRAWN_MAX} more characters</span> : null}
    </div>
  );
});

const MARKS = { blanked: 'A secret: the machine blanked it before it sent the file.', unseen: 'A character that shows nothing, or would turn the text around it.' } as const;
const Mark = ({ is, text }: { readonly is: keyof typeof MARKS; readonly text: string }) => (
  <span className={`text-${is}`} title={MARKS[is]}>
    {text}
  </span>
);

function Gap({ height }: { readonly height: number }) {
  const ref = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    ref.current?.style.setProperty('height', `${height}px`);
  }, [height]);
  return <div ref={ref} aria-hidden="true" />;
}
