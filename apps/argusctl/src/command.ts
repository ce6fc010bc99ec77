/**
 * What a command is. Adding one: a file in commands/, named as it is typed, and a row in commands/index.ts.
 * A command file is data plus `run`, and imports types only: `argusctl --help` reads all of them and must stay fast.
 */
import type { Download, Opened } from '@argus/client/download.ts';
import type { Probed } from '@argus/client/probe.ts';
import type * as logApi from '@argus/client/log-requests.ts';
import type * as api from '@argus/client/requests.ts';
import type { ClientProblem } from '@argus/client/problem.ts';
import type { Clock } from '@argus/kit/clock.ts';
import type { Result } from '@argus/kit/result.ts';
import type { ErrorCode } from '@argus/protocol/errors.ts';
import type { Pat, SessionToken } from '@argus/protocol/ids.ts';
import type { OutFile } from './out-file.ts';
import type { Browser } from './browser.ts';
import type { DigestFile } from './digest-file.ts';
import type { View } from './render/view.ts';
import type { Env, ReadFile } from './stored.ts';
import type { Terminal } from './terminal.ts';
import type { VALUES, Value } from './values.ts';

export type ValueName = keyof typeof VALUES;
export type ValueOf<N extends ValueName> = (typeof VALUES)[N] extends Value<infer T> ? T : never;

/** `value` names the schema in values.ts that reads it; `show` stands for it in help. */
export type Positional = { readonly value: ValueName; readonly show: string; readonly about: string };
export type TextFlag = Positional & { readonly isRequired?: true };
export type Switch = { readonly value: 'switch'; readonly about: string };
export type Flag = TextFlag | Switch;
/** Secrets a command sends beside the PAT. Each brings its flag and its environment variables; see secrets.ts. */
export type SecretName = 'ops-token' | 'session';

export type Positionals = Readonly<Record<string, Positional>>;
export type Flags = Readonly<Record<string, Flag>>;

/** A flag that is not required may be missing. */
type FlagArg<F extends Flag> = F extends TextFlag
  ? ValueOf<F['value']> | (F extends { isRequired: true } ? never : undefined)
  : boolean;
export type ArgsOf<P extends Positionals, F extends Flags> = { readonly [K in keyof P]: ValueOf<P[K]['value']> } & {
  readonly [K in keyof F]: FlagArg<F[K]>;
};

/** Why argusctl says no by itself, before anything is sent. `usage` is a mistake in the typing. */
export type LocalProblem = {
  readonly kind: 'local';
  readonly code: ErrorCode | 'usage' | 'not_written' | 'does_not_hold';
  readonly says: string;
  readonly problems?: readonly string[];
  readonly hint?: string;
};
export type Problem = ClientProblem | LocalProblem;
export const usage = (says: string, hint?: string): LocalProblem => ({
  kind: 'local',
  code: 'usage',
  says,
  ...(hint !== undefined && { hint }),
});

/** What the process ends with. */
export type Exit = number;

/** What a command may use. Everything it prints goes through here, so that it is made harmless in one place. */
export type Context = {
  readonly api: typeof api;
  readonly logApi: typeof logApi;
  readonly env: Env;
  /** The server, and whose name its address and token are stored under, if they are. */
  readonly url: string;
  readonly profile: string | undefined;
  readonly has: { readonly pat: boolean; readonly opsToken: boolean };
  readonly isJson: boolean;
  readonly isQuiet: boolean;
  readonly clock: Clock;
  readonly random: (bytes: number) => Uint8Array;
  readonly session: SessionToken | undefined;
  readonly isDryRun: boolean;
  readonly readFile: ReadFile;
  /** How to call argusctl again for the same server, for "what to type next". */
  readonly argusctl: string;
  /** Sends it and shows the answer. A write in a dry run is printed instead. */
  answer<T>(request: api.Request<T>, show: (answer: T) => View): Promise<Exit>;
  /** A question whose answer `run` needs for itself. Not in a dry run: that one sends nothing. */
  ask<T>(request: api.Request<T>): Promise<Result<T, Problem>>;
  /** As somebody else, as nobody yet, or somewhere else: before a login is kept, it is tried. */
  askAt<T>(where: { readonly url: string; readonly pat?: Pat }, request: api.Request<T>): Promise<Result<T, Problem>>;
  /** A flag of every command, as it was typed. */
  typed(flag: 'url' | 'profile' | 'pat' | 'demo'): string | undefined;
  /** What `ask` answered, or a part of it: the value as JSON, or the view for a person. */
  show(value: unknown, view: View): Exit;
  /** One of many, as it comes: a line of JSON, or the view. */
  tell(value: unknown, view: View): void;
  /** As it is, for another program: a script, a stream of lines. */
  write(text: string): void;
  /** For whoever sits there, on the error stream, so that what is piped away stays clean. */
  note(...lines: readonly string[]): void;
  /** What happens right now, on one line that the next one replaces; null takes it away. Only a terminal sees it. */
  progress(text: string | null): void;
  /** An answer too large to hold. */
  open(request: Download): Promise<Result<Opened, Problem>>;
  probe(): Promise<Result<Probed, Problem>>;
  readonly pause: (ms: number) => Promise<void>;
  readonly terminal: Terminal;
  readonly browser: () => Promise<Browser>;
  readonly digestFile: DigestFile;
  readonly outFile: OutFile;
  refuse(problem: Problem): Exit;
  /** The problem for a program, as it is printed with --json. */
  inJson(problem: Problem): Readonly<Record<string, unknown>>;
  /** For a command that a program talks to: what it writes, line by line; null for a line that is too long. */
  readonly lines: () => AsyncIterable<string | null>;
};

export type Command = {
  readonly name: string; // the words one types
  readonly summary: string;
  readonly positionals: Positionals;
  readonly flags: Flags;
  readonly secrets: readonly SecretName[];
  /** After a refusal with one of these codes: what to type next, behind `argusctl`. */
  readonly whenRefused?: { readonly codes: readonly ErrorCode[]; readonly type: string };
  /** Writes take --dry-run. */
  readonly writes: boolean;
  /** Asks no server: no address and no token is looked up for it, so it works whatever is wrong with those. */
  readonly isLocal?: true;
  readonly example: string;
  /** More for its help page. Loaded when asked for. */
  readonly details?: () => Promise<readonly string[]>;
  // A method, so that a `run` with narrower arguments fits; run.ts makes them from this very command's schemas.
  run(ctx: Context, args: Readonly<Record<string, unknown>>): Promise<Exit>;
};

export const defineCommand = <const P extends Positionals, const F extends Flags>(
  command: Omit<Command, 'positionals' | 'flags' | 'run'> & {
    readonly positionals: P;
    readonly flags: F;
    run(ctx: Context, args: ArgsOf<P, F>): Promise<Exit>;
  },
): Command => command;
