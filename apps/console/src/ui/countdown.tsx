import { useNow } from './moment.tsx';
import { clockWords } from './time.ts';

export function Countdown({ until }: { readonly until: string }) {
  const left = (Date.parse(until) - useNow()) / 1_000;
  return <span className="numbers">{left > 0 ? `${clockWords(left)} left` : 'its time is up'}</span>;
}
