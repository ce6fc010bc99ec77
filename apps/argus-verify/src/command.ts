import type { ParseArgsConfig } from 'node:util';
import type { Checked, CheckPorts } from '@argus/evidence/check-log.ts';
import type { About } from '@argus/evidence/report.ts';
import type { Clock } from '@argus/kit/clock.ts';

/** One thing a person can have it do. `commands/index.ts` lists them all; help is printed from that list. */
export type VerifyCommand = {
  readonly word: string;
  readonly usage: string;
  readonly summary: string;
  readonly teaches: string;
  readonly options: NonNullable<ParseArgsConfig['options']>;
  readonly run: (given: Given, world: World) => Promise<Answer>;
};
export type Given = { readonly flags: Readonly<Record<string, string | readonly string[] | undefined>>; readonly words: readonly string[] };

/** What of the machine it sees. `fetch` and `stdin` are used by commands that ask a server, and by no others. */
export type World = {
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: () => Promise<string>;
  readonly fetch: typeof globalThis.fetch;
  /** How far it is, for whoever watches. */
  readonly progress: NonNullable<CheckPorts['onEntry']>;
};
export type Answer = { readonly checked: Checked; readonly about: About };

export const text = { type: 'string' } as const;
export const many = { type: 'string', multiple: true } as const;

export function flag({ flags }: Given, name: string): string | undefined {
  const value = flags[name];
  return typeof value === 'string' ? value : undefined;
}
