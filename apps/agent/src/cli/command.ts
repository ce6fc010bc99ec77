import type { ParseArgsConfig } from 'node:util';
import type { StateDir } from '../adapters/state/state-dir.ts';

/** One thing a person can have the program do. `index.ts` lists them all; help is printed from that list. */
export type CliCommand = {
  readonly words: string; //   as typed: 'trust export'
  readonly usage?: string; //  what follows the words
  readonly summary: string;
  readonly takes?: 'file'; //  a last word, which comes as this flag
  readonly options?: NonNullable<ParseArgsConfig['options']>;
  readonly isForRootToo?: true; // it may be asked of the machine of another user, and starts nothing
  readonly fromEnvironment?: Readonly<Record<string, string>>; // by option: where it comes from when it is not given
  readonly run: (state: StateDir, flags: Flags) => void | Promise<void>;
};
/** The options as given. All of ours are words or switches, and none may be repeated. */
export type Flags = Readonly<Record<string, string | boolean | undefined>>;

export const given = (flags: Flags, name: string): string | undefined => {
  const value = flags[name];
  return typeof value === 'string' ? value : undefined;
};
