/** How far a consent goes, in words. What is not named is not narrowed. */
import { COMMANDS } from '@argus/protocol/commands/index.ts';
import { WEEKDAYS, type ConsentHours, type Weekday } from '@argus/protocol/consent-hours.ts';
import type { ConsentScope } from '@argus/protocol/consent-scope.ts';

export type ScopeWords = { readonly commands: string; readonly cameras: string; readonly machines: string; readonly hours: string };

export function scopeWords(scope: ConsentScope | null): ScopeWords {
  const { commands, cameras, agents, hours } = scope ?? {};
  return {
    commands: commands ? listed(commands, 'none at all') : `all ${COMMANDS.length}: ${COMMANDS.map(({ name }) => name).join(', ')}`,
    cameras: cameras ? listed(cameras, 'none at all') : 'every camera of these machines',
    machines: agents ? listed(agents, 'none at all') : 'every machine of the tenant',
    hours: hours ? hoursWords(hours) : 'at any hour',
  };
}

const listed = (names: readonly string[], none: string): string => (names.length === 0 ? none : `only ${names.join(', ')}`);

function hoursWords({ windows, time_zone: zone }: ConsentHours): string {
  return `only ${windows.map(({ days, from, to }) => `${daysWords(days)} ${from}–${to}`).join(', ')}, by the clock in ${zone}`;
}

export const capital = (day: Weekday): string => `${day.charAt(0).toUpperCase()}${day.slice(1)}`;

/** Three days or more in a row are said by the first and the last. */
function daysWords(days: readonly Weekday[]): string {
  const runs: Weekday[][] = [];
  for (const [i, day] of WEEKDAYS.entries()) {
    if (!days.includes(day)) continue;
    const run = runs.at(-1);
    if (run?.at(-1) === WEEKDAYS[i - 1] && run) run.push(day);
    else runs.push([day]);
  }
  return runs.flatMap((run) => (run.length > 2 ? [`${capital(run[0] ?? 'mon')} to ${capital(run.at(-1) ?? 'sun')}`] : run.map(capital))).join(', ');
}
