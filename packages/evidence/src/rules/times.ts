/** Time in a log only goes on. Ends are written with the time of the end, which may be long before it could be written. */
import type { Rule, RuleContext } from './rule.ts';

const BACKWARDS_MS = 5 * 60_000;

export function times({ note }: RuleContext): Rule {
  let latest = Number.NEGATIVE_INFINITY;
  return {
    see({ index, at, leaf }) {
      if (leaf.type === 'remote_support_session_ended') return;
      if (at < latest - BACKWARDS_MS) note('time_runs_backwards', { index, detail: `${leaf.at} after ${new Date(latest).toISOString()}` });
      latest = Math.max(latest, at);
    },
  };
}
