import { useEffect, useMemo, useRef, useState } from 'react';
import { every } from '../adapters/clock.ts';
import { Badge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { TextLines } from '../ui/text-lines.tsx';
import { goOn, LEVELS, levelOf, linesOf, placesOf, type Level } from './log-lines.ts';
import type { Args, Command } from './use-command.ts';

/** Each look at a log is two entries in the tenant's own, and work for the machine: somebody who watches gets one in so long. */
const LOOK_EVERY_MS = 5_000;

type LogViewProps = { readonly command: Command<'tail_log'>; readonly args: Args; readonly block: string | null; readonly isShown: boolean };

/** The end of a log: found in, by level, and looked at again and again while somebody follows it. */
export function LogView({ command, args, block, isShown }: LogViewProps) {
  const { given, problem, waitS } = command;
  const [{ lines, missed }, setSeen] = useState<ReturnType<typeof goOn>>({ lines: [], missed: false });
  const file = given?.value.file ?? '';
  const shown = useRef('');
  useEffect(() => {
    if (!given) return;
    const fresh = linesOf(given.value.text);
    const isSame = shown.current === given.value.file; // of another file nothing goes on
    shown.current = given.value.file;
    setSeen((was) => goOn(isSame ? was.lines : [], fresh));
  }, [given]);

  const [levels, setLevels] = useState<ReadonlySet<Level>>(() => new Set(LEVELS.map(([level]) => level)));
  const [find, setFind] = useState('');
  const [nth, setNth] = useState(0);
  const wanted = useMemo(() => (levels.size === LEVELS.length ? lines : lines.filter((line) => levels.has(levelOf(line)))), [lines, levels]);
  const places = useMemo(() => placesOf(wanted, find), [wanted, find]);
  const counts = useMemo(() => countsOf(lines), [lines]);
  const step = (by: number) => setNth((places.length + nth + by) % Math.max(1, places.length));

  const follow = useFollow({ command, args, block, isShown });
  const at = find === '' ? null : (places[Math.min(nth, places.length - 1)] ?? null);
  return (
    <>
      <div className="viewer-bar">
        <form
          role="search"
          className="find"
          onSubmit={(event) => {
            event.preventDefault();
            step(1);
          }}
        >
          <input className="input" type="search" aria-label="Find in the log" placeholder="Find" spellCheck={false} value={find} onChange={(event) => { setFind(event.target.value); setNth(0); }} />
          <span className="muted numbers nowrap" role="status">
            {find === '' ? '' : places.length === 0 ? 'nothing' : `${Math.min(nth, places.length - 1) + 1} of ${places.length}`}
          </span>
          <Button small icon="up" name="The one before" onPress={() => step(-1)} />
          <Button small icon="down" type="submit" name="The next one" />
        </form>
        <Button small look={follow.on ? 'main' : 'plain'} pressed={follow.on} whyNot={block} onPress={follow.toggle}>
          Follow
        </Button>
      </div>
      <fieldset className="levels">
        <legend className="hidden-text">Levels</legend>
        {LEVELS.map(([level, words]) => (
          <label key={level} className={`level level-${level}`}>
            <input type="checkbox" checked={levels.has(level)} onChange={() => setLevels(toggled(levels, level))} />
            {words} <span className="numbers muted">{counts[level]}</span>
          </label>
        ))}
      </fieldset>
      <TextLines name={`Lines of ${file}`} lines={wanted} toneOf={levelOf} find={find} at={at} sticks={at === null && !follow.isAway} onScrolledUp={follow.away} />
      <p className="viewer-foot muted" role="status">
        <span>
          {wanted.length === lines.length ? `${lines.length} lines of ${file}` : `${wanted.length} of ${lines.length} lines of ${file}`}
          {given?.value.truncated ? ', cut: what you asked for would not fit into one answer' : ''}
          {missed ? '; lines between this look and the one before are missing, ask for more of them' : ''}
        </span>
        {follow.on ? follow.isAway ? <Badge tone="warn">Paused: you scrolled up</Badge> : <Badge tone="live" dot>Following</Badge> : null}
        {follow.on && waitS > 0 ? <span>The machine takes the next look in {waitS} s.</span> : null}
        {problem && lines.length > 0 ? <span>Below is what was last read.</span> : null}
        {follow.isAway ? (
          <Button small icon="down" onPress={follow.back}>
            To the end
          </Button>
        ) : null}
      </p>
    </>
  );
}

const countsOf = (lines: readonly string[]): Readonly<Record<Level, number>> => {
  const counts = { error: 0, warn: 0, info: 0, debug: 0, other: 0 };
  for (const line of lines) counts[levelOf(line)]++;
  return counts;
};
function toggled(levels: ReadonlySet<Level>, level: Level): ReadonlySet<Level> {
  const next = new Set(levels);
  if (!next.delete(level)) next.add(level);
  return next;
}

/** Looks again for as long as it may, somebody looks at it, and nothing is in the way. Scrolling up pauses it. */
function useFollow({ command, args, block, isShown }: LogViewProps) {
  const [on, setOn] = useState(false);
  const [isAway, setAway] = useState(false);
  const now = useRef({ command, args });
  now.current = { command, args };
  const isStopped = command.problem !== null && command.waitS === 0;
  useEffect(() => {
    if (isStopped || block !== null) setOn(false);
  }, [isStopped, block]);
  useEffect(() => {
    if (!on || isAway || !isShown) return;
    return every(LOOK_EVERY_MS, () => {
      const { busy, waitS, send } = now.current.command;
      if (!busy && waitS === 0 && document.visibilityState === 'visible') send(now.current.args);
    });
  }, [on, isAway, isShown]);
  return {
    on,
    isAway,
    toggle: () => {
      setOn(!on);
      setAway(false);
    },
    away: () => setAway(true),
    back: () => setAway(false),
  };
}
