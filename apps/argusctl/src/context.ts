/** What a command may use, made for one call of it. Everything that is printed goes through here. */
import type { ClientConfig } from '@argus/client/client.ts';
import type { Download, Opened } from '@argus/client/download.ts';
import type { Request } from '@argus/client/requests.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { cleanText } from '@argus/protocol/text.ts';
import type { Args } from './args.ts';
import type { Given } from './argv.ts';
import type { Cli } from './cli.ts';
import type { Command, Context, Exit, LocalProblem, Problem, SecretName } from './command.ts';
import { resettable } from './idle.ts';
import { errorJson } from './render/error.ts';
import { printJson, printJsonLine } from './render/json.ts';
import { paintFor } from './render/paint.ts';
import { previewJson, previewText } from './render/preview.ts';
import { print, printIds } from './render/print.ts';
import type { View } from './render/view.ts';
import { refusing } from './refuse.ts';
import { SECRETS } from './secrets.ts';
import type { Settings } from './settings.ts';
import type * as loaded from './talk.ts';
import { VERSION } from './version.ts';
import { withNext } from './when-refused.ts';

type Talk = typeof loaded;
type Call = { readonly command: Command; readonly given: Given; readonly settings: Settings; readonly args: Args; readonly talk: Talk | null };

/** `talk` is null for a command that asks no server. */
export function createContext(cli: Cli, at: Call): Context {
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
    return saying(isJson ? problem : withNext(problem, command, settings.retype));
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
    note: (...lines) => cli.stderr.write(`${lines.map((text) => cleanText(text, NOTE_MAX)).join('\n')}\n`),
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
    browser: cli.browser,
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
    inJson: (problem) => errorJson(problem, { url: settings.url, writes: command.writes, retype: settings.retype, next: null, now: cli.clock.now() }),
    lines: cli.lines,
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

/** In letters: an address has to fit, whole. */
const NOTE_MAX = 2_000;
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
