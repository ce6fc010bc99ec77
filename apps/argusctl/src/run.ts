/** A command that was understood: its words become values, its settings are found, and it runs. */
import type { ClientConfig } from '@argus/client/client.ts';
import type { Request } from '@argus/client/requests.ts';
import type { Download, Opened } from '@argus/client/download.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { cleanText } from '@argus/protocol/text.ts';
import { seeHelp, type Given } from './argv.ts';
import type { Cli } from './cli.ts';
import {
  usage,
  type Command,
  type Context,
  type Exit,
  type Flag,
  type LocalProblem,
  type Problem,
  type SecretName,
  type ValueName,
} from './command.ts';
import { errorJson, errorText, exitOf } from './render/error.ts';
import { nextFor } from './render/next.ts';
import { printJson, printJsonLine } from './render/json.ts';
import { paintFor } from './render/paint.ts';
import { previewJson, previewText } from './render/preview.ts';
import { print, printIds } from './render/print.ts';
import { resettable } from './idle.ts';
import type { View } from './render/view.ts';
import { SECRETS } from './secrets.ts';
import type { Settings } from './settings.ts';
import { retypeOf } from './retype.ts';
import type * as loaded from './talk.ts';
import type { Value, VALUES } from './values.ts';
import { VERSION } from './version.ts';

export async function runCommand(cli: Cli, command: Command, given: Given): Promise<Exit> {
  // Everything that can be wrong in what was typed is said before any file is read or anything is sent.
  const takesWords = Object.keys(command.positionals).length > 0 || Object.values(command.flags).some(({ value }) => value !== 'switch');
  const args = readArgs(command, given, takesWords ? (await import('./values.ts')).VALUES : null);
  const { env, readFile } = cli;
  const retype = retypeOf(given.flags, env);
  const refuse = refusing(cli, given.flags.has('json'), { url: '', writes: command.writes, retype, args: args.ok ? args.value : {} });
  if (!args.ok) return refuse(args.error);
  const nowhere: Settings = { url: '', pat: undefined, opsToken: undefined, session: undefined, profile: undefined, retype };
  const settings = command.isLocal ? ok(nowhere) : await (await import('./settings.ts')).readSettings({ flags: given.flags, env, readFile, secrets: command.secrets });
  if (!settings.ok) return refuse(settings.error);
  const { pat, opsToken, session } = settings.value;
  for (const secret of [pat, opsToken, session]) cli.keeper.hide(secret);
  // What is heavy is loaded by those who need it: a shell waits for the rest.
  const talk = command.isLocal ? null : await import('./talk.ts');
  return command.run(createContext(cli, { command, given, settings: settings.value, args: args.value, talk }), args.value);
}

/** Says no in the form that was asked for, on the error stream. */
export const refusing =
  (cli: Cli, isJson: boolean, at: { readonly url: string; readonly writes: boolean; readonly retype?: string; readonly args?: Args }) =>
  (problem: Problem): Exit => {
    const { stderr, env, clock } = cli;
    const retype = at.retype ?? 'argusctl';
    const situation = { ...at, retype, now: clock.now(), next: nextFor(problem, at.args ?? {}) };
    const text = () => errorText(problem, situation, paintFor(stderr.isTTY, env));
    stderr.write(isJson ? printJson(errorJson(problem, situation)) : text());
    return exitOf(problem);
  };

function createContext(cli: Cli, at: { command: Command; given: Given; settings: Settings; args: Args; talk: Talk | null }): Context {
  const { command, settings, args } = at;
  const isJson = at.given.flags.has('json');
  const isQuiet = at.given.flags.has('quiet');
  const isDryRun = command.writes && at.given.flags.has('dry-run');
  const config: ClientConfig = {
    baseUrl: settings.url,
    pat: settings.pat,
    opsToken: settings.opsToken,
    fetch: cli.fetch,
    userAgent: `argusctl/${VERSION}`,
  };
  const talk = (): Talk => {
    if (!at.talk) throw new Error(`${command.name} talks to no server`);
    return at.talk;
  };
  const say = (text: string): void => cli.stdout.write(text);
  const saying = refusing(cli, isJson, { url: settings.url, writes: command.writes, retype: settings.retype, args });
  const refuse = (problem: Problem): Exit => {
    progress(null);
    return saying(problem);
  };

  async function ask<T>(request: Request<T>): Promise<Result<T, Problem>> {
    if (isDryRun) throw new Error('a dry run sends nothing');
    const lacking = talk().headersOf(config, request).find(({ value }) => value === null);
    return lacking ? err(lackingSecret(lacking.name)) : talk().send(config, request);
  }

  function preview(request: Request<unknown>): Exit {
    const { method, path, body } = request;
    const seen = { method, path, server: settings.url, headers: talk().headersOf(config, request), body };
    say(isJson ? printJson(previewJson(seen)) : previewText(seen));
    return 0;
  }

  const { isTTY, columns } = cli.stdout;
  const shown = (view: View): string => (isQuiet ? printIds(view) : print(view, paintFor(isTTY, cli.env), isTTY ? columns : undefined));
  function show(value: unknown, view: View): Exit {
    progress(null);
    say(isJson ? printJson(value) : shown(view));
    return 0;
  }

  let isInProgress = false;
  function progress(text: string | null): void {
    if (!cli.stderr.isTTY || isJson || isQuiet || (text === null && !isInProgress)) return;
    isInProgress = text !== null;
    cli.stderr.write(`\r\u001B[K${text === null ? '' : cleanText(text, (cli.stderr.columns ?? 80) - 1)}`);
  }

  async function open(request: Download): Promise<Result<Opened, Problem>> {
    if (settings.pat === undefined) return err(lackingSecret('authorization'));
    const idle = resettable(cli.clock, IDLE_MS);
    const opened = await talk().download(config, request, idle.signal);
    return opened.ok ? ok({ ...opened.value, pieces: idle.over(opened.value.pieces) }) : opened;
  }

  return {
    get api() {
      return talk().api;
    },
    get logApi() {
      return talk().logApi;
    },
    env: cli.env,
    url: settings.url,
    profile: settings.profile,
    has: { pat: settings.pat !== undefined, opsToken: settings.opsToken !== undefined },
    isJson,
    isQuiet,
    progress,
    open,
    write: say,
    tell(value, view) {
      progress(null);
      say(isJson ? printJsonLine(value) : shown(view));
    },
    probe: () => talk().probe(config),
    pause: cli.pause,
    terminal: cli.terminal,
    digestFile: cli.digestFile,
    clock: cli.clock,
    random: cli.random,
    session: settings.session,
    isDryRun,
    readFile: cli.readFile,
    argusctl: settings.retype,
    ask,
    async askAt(where, request) {
      cli.keeper.hide(where.pat);
      return (await import('./talk.ts')).send({ ...config, baseUrl: where.url, pat: where.pat }, request);
    },
    typed(flag) {
      const value = at.given.flags.get(flag);
      return typeof value === 'string' ? value : undefined;
    },
    refuse,
    show,
    outFile: cli.outFile,
    async answer(request, viewOf) {
      if (isDryRun) return preview(request);
      const answer = await ask(request);
      if (!answer.ok) return refuse(answer.error);
      return show(answer.value, isJson ? [] : viewOf(answer.value));
    },
  };
}

/** So long may a download be silent. */
const IDLE_MS = 60_000;

const LACKING = {
  authorization: { name: 'pat', code: 'unauthenticated', says: 'No personal access token was given' },
  'x-argus-ops-token': { name: 'ops-token', code: 'bad_ops_token', says: 'No ops token was given' },
  'x-argus-session': { name: 'session', code: 'session_not_found', says: 'No session token was given' },
} as const satisfies Readonly<Record<string, { name: SecretName | 'pat'; code: LocalProblem['code']; says: string }>>;

/** The server would refuse with the same code; nobody has to wait for that. */
function lackingSecret(header: string): LocalProblem {
  const lacking = Object.entries(LACKING).find(([name]) => name === header)?.[1] ?? LACKING.authorization;
  const { env, flag, about } = SECRETS[lacking.name];
  const hint = `Nothing was sent. Set ${env} or ${env}_FILE, or give --${flag}: ${about}.${lacking.name === 'pat' ? ' argusctl login keeps one for you.' : ''}`;
  return { kind: 'local', code: lacking.code, says: lacking.says, hint };
}

type Talk = typeof loaded;
type Args = Readonly<Record<string, unknown>>;

type Values = typeof VALUES;

/** `values` is null where no word has to be read. */
function readArgs(command: Command, { flags, positionals }: Given, values: Values | null): Result<Args, LocalProblem> {
  const args: Record<string, unknown> = {};
  const wrong = (says: string) => err(usage(says, seeHelp(command)));
  for (const [i, [name, { value, show, about }]] of Object.entries(command.positionals).entries()) {
    const word = positionals[i];
    if (word === undefined) return wrong(`${show} is missing: ${about}.`);
    const read = valueNamed(values, value).read(word);
    if (!read.ok) return wrong(`${show}: ${read.error}.`);
    args[name] = read.value;
  }
  for (const [name, flag] of Object.entries(command.flags)) {
    const read = readFlag(name, flag, { given: flags.get(name), values });
    if (!read.ok) return wrong(read.error);
    args[name] = read.value;
  }
  return ok(args);
}

function readFlag(name: string, flag: Flag, { given, values }: { readonly given: string | true | undefined; readonly values: Values | null }): Result<unknown, string> {
  if (flag.value === 'switch') return ok(given === true);
  if (typeof given !== 'string') return flag.isRequired ? err(`--${name} is required: ${flag.about}.`) : ok(undefined);
  const read = valueNamed(values, flag.value).read(given);
  return read.ok ? read : err(`--${name}: ${read.error}.`);
}

function valueNamed(values: Values | null, name: ValueName): Value<unknown> {
  if (!values) throw new Error(`nothing was loaded to read a ${name}`);
  return values[name];
}
