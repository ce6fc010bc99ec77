import type { ParseArgsConfig } from 'node:util';
import type { Clock } from '@argus/kit/clock.ts';
import type { Random } from '@argus/keys/random.ts';

/** One thing a person can have it do. `commands/index.ts` lists them all; help is printed from that list. */
export type SignCommand = {
  readonly word: string;
  readonly usage: string;
  readonly summary: string;
  readonly teaches: string; // what to know before using it
  readonly options: NonNullable<ParseArgsConfig['options']>;
  readonly run: (given: Given, world: World) => Promise<Answer>;
};
export type Given = { readonly flags: Readonly<Record<string, string | readonly string[] | undefined>>; readonly words: readonly string[] };
export type World = { readonly clock: Clock; readonly random: Random; readonly passphrase: (isNew: boolean, file: string | undefined) => Promise<string> };

/** The same for a person and for a program. */
export type Answer = { readonly json: unknown; readonly text: string };

export const text = { type: 'string' } as const;
export const many = { type: 'string', multiple: true } as const;
