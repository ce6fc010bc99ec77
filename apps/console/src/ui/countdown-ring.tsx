import { useNow } from './moment.tsx';
import { clockWords, spanWords } from './time.ts';

const RADIUS = 26;
const ROUND = 2 * Math.PI * RADIUS;
/** From here on it looks otherwise, and is said aloud once. */
const SOON_S = 300;
const LAST_S = 60;

/** What is left of a stretch of time, as a ring that empties. Said to readers at five minutes, at one, and at none. */
export function CountdownRing({ from, until }: { readonly from: string; readonly until: string }) {
  const left = Math.max(0, (Date.parse(until) - useNow()) / 1_000);
  const whole = Math.max(1, (Date.parse(until) - Date.parse(from)) / 1_000);
  const shown = ROUND * Math.min(1, left / whole);
  const look = left <= LAST_S ? 'last' : left <= SOON_S ? 'soon' : 'calm';
  return (
    <>
      <span className={`ring ring-${look}`} role="timer" aria-label={`${spanWords(left)} left`}>
        <svg width="64" height="64" viewBox="0 0 64 64" aria-hidden="true">
          <circle className="ring-ground" cx="32" cy="32" r={RADIUS} />
          <circle className="ring-left" cx="32" cy="32" r={RADIUS} strokeDasharray={`${shown} ${ROUND}`} transform="rotate(-90 32 32)" />
        </svg>
        <span className={`numbers${left >= 3_600 ? ' ring-hours' : ''}`} aria-hidden="true">
          {clockWords(left)}
        </span>
      </span>
      <span className="hidden-text" role="status">
        {left <= 0 ? 'The time of the session is up.' : left <= LAST_S ? 'One minute is left.' : left <= SOON_S ? 'Five minutes are left.' : ''}
      </span>
    </>
  );
}
