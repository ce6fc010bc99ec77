/** A command that was understood: its words become values, its settings are found, and it runs. */
import { headersOf, send, type ClientConfig } from '@argus/client/client.ts';
import * as api from '@argus/client/requests.ts';
import type { Request } from '@argus/client/requests.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
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
import { errorJson, errorText, exitOf, type Situation } from './render/error.ts';
import { printJson } from './render/json.ts';
import { paintFor } from './render/paint.ts';
import { previewJson, previewText } from './render/preview.ts';
import { print } from './render/print.ts';
import type { View } from './render/view.ts';
import { SECRETS } from './secrets.ts';
import { readSettings, type Settings } from './settings.ts';
import { VALUES, type Value } from './values.ts';
import { VERSION } from './version.ts';

export async function runCommand(cli: Cli, command: Command, given: Given): Promise<Exit> {
  // Everything that can be wrong in what was typed is said before any file is read or anything is sent.
  const args = readArgs(command, given);
  const refuse = refusing(cli, given.flags.has('json'), { url: '', writes: command.writes });
  if (!args.ok) return refuse(args.error);
  const { env, readFile } = cli;
  const settings = await readSettings({ flags: given.flags, env, readFile, secrets: command.secrets });
  if (!settings.ok) return refuse(settings.error);
  const { pat, opsToken, session } = settings.value;
  for (const secret of [pat, opsToken, session]) cli.keeper.hide(secret);
  return command.run(createContext(cli, { command, given, settings: settings.value }), args.value);
}

/** Says no in the form that was asked for, on the error stream. */
export const refusing =
  (cli: Cli, isJson: boolean, at: Omit<Situation, 'now'>) =>
  (problem: Problem): Exit => {
    const { stderr, env, clock } = cli;
    const situation = { ...at, now: clock.now() };
    const text = () => errorText(problem, situation, paintFor(stderr.isTTY, env));
    stderr.write(isJson ? printJson(errorJson(problem, situation)) : text());
    return exitOf(problem);
  };

function createContext(cli: Cli, at: { command: Command; given: Given; settings: Settings }): Context {
  const { command, settings } = at;
  const isJson = at.given.flags.has('json');
  const isDryRun = command.writes && at.given.flags.has('dry-run');
  const config: ClientConfig = {
    baseUrl: settings.url,
    pat: settings.pat,
    opsToken: settings.opsToken,
    fetch: cli.fetch,
    userAgent: `argusctl/${VERSION}`,
  };
  const say = (text: string): void => cli.stdout.write(text);
  const { whenRefused } = command;
  const next = whenRefused && { codes: whenRefused.codes, says: `All gates at once: ${settings.retype} ${whenRefused.type}, with the same words.` };
  const refuse = refusing(cli, isJson, { url: settings.url, writes: command.writes, ...(next && { next }) });

  async function ask<T>(request: Request<T>): Promise<Result<T, Problem>> {
    if (isDryRun) throw new Error('a dry run sends nothing');
    const lacking = headersOf(config, request).find(({ value }) => value === null);
    return lacking ? err(lackingSecret(lacking.name)) : send(config, request);
  }

  function preview(request: Request<unknown>): Exit {
    const { method, path, body } = request;
    const seen = { method, path, server: settings.url, headers: headersOf(config, request), body };
    say(isJson ? printJson(previewJson(seen)) : previewText(seen));
    return 0;
  }

  function show(value: unknown, view: View): Exit {
    say(isJson ? printJson(value) : print(view, paintFor(cli.stdout.isTTY, cli.env)));
    return 0;
  }

  return {
    api,
    clock: cli.clock,
    random: cli.random,
    session: settings.session,
    isDryRun,
    readFile: cli.readFile,
    argusctl: settings.retype,
    ask,
    refuse,
    show,
    outFile: cli.outFile,
    tell: (problem) => errorJson(problem, { url: settings.url, writes: command.writes, now: cli.clock.now() }),
    speak: { lines: cli.lines, say: (text) => say(`${text}\n`) },
    async answer(request, viewOf) {
      if (isDryRun) return preview(request);
      const answer = await ask(request);
      if (!answer.ok) return refuse(answer.error);
      return show(answer.value, isJson ? [] : viewOf(answer.value));
    },
  };
}

const LACKING = {
  authorization: { name: 'pat', code: 'unauthenticated', says: 'No personal access token was given' },
  'x-argus-ops-token': { name: 'ops-token', code: 'bad_ops_token', says: 'No ops token was given' },
  'x-argus-session': { name: 'session', code: 'session_not_found', says: 'No session token was given' },
} as const satisfies Readonly<Record<string, { name: SecretName | 'pat'; code: LocalProblem['code']; says: string }>>;

/** The server would refuse with the same code; nobody has to wait for that. */
function lackingSecret(header: string): LocalProblem {
  const lacking = Object.entries(LACKING).find(([name]) => name === header)?.[1] ?? LACKING.authorization;
  const { env, flag, about } = SECRETS[lacking.name];
  const hint = `Nothing was sent. Set ${env} or ${env}_FILE, or give --${flag}: ${about}.`;
  return { kind: 'local', code: lacking.code, says: lacking.says, hint };
}

type Args = Readonly<Record<string, unknown>>;

function readArgs(command: Command, { flags, positionals }: Given): Result<Args, LocalProblem> {
  const args: Record<string, unknown> = {};
  const wrong = (says: string) => err(usage(says, seeHelp(command)));
  for (const [i, [name, { value, show, about }]] of Object.entries(command.positionals).entries()) {
    const word = positionals[i];
    if (word === undefined) return wrong(`${show} is missing: ${about}.`);
    const read = valueNamed(value).read(word);
    if (!read.ok) return wrong(`${show}: ${read.error}.`);
    args[name] = read.value;
  }
  for (const [name, flag] of Object.entries(command.flags)) {
    const read = readFlag(name, flag, flags.get(name));
    if (!read.ok) return wrong(read.error);
    args[name] = read.value;
  }
  return ok(args);
}

function readFlag(name: string, flag: Flag, given: string | true | undefined): Result<unknown, string> {
  if (flag.value === 'switch') return ok(given === true);
  if (typeof given !== 'string') return flag.isRequired ? err(`--${name} is required: ${flag.about}.`) : ok(undefined);
  const read = valueNamed(flag.value).read(given);
  return read.ok ? read : err(`--${name}: ${read.error}.`);
}

const valueNamed = (name: ValueName): Value<unknown> => VALUES[name];
