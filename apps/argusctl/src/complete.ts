/**
 * What may come next on a command line. Says nothing when it does not know, asks the server only for ids, and then for a
 * second at most: a shell waits for it with every key.
 */
import { send } from '@argus/client/client.ts';
import * as api from '@argus/client/requests.ts';
import type { Request } from '@argus/client/requests.ts';
import { cleanText } from '@argus/protocol/text.ts';
import { flagsOf, GLOBAL_FLAGS } from './argv.ts';
import type { Cli } from './cli.ts';
import type { Command, Exit, ValueName } from './command.ts';
import { COMMANDS } from './commands/index.ts';
import { PRESETS } from './presets.ts';
import { SECRETS } from './secrets.ts';
import { readSettings } from './settings.ts';
import { readProfiles } from './stored.ts';
import { VERSION } from './version.ts';

type Candidate = readonly [word: string, about: string];
const SECOND_MS = 1_000;
const FILES: readonly Candidate[] = [[':files', '']];

/** `words`: everything after argusctl, the last one unfinished. */
export async function complete(cli: Cli, words: readonly string[]): Promise<Exit> {
  try {
    const typed = words.at(-1) ?? '';
    const found = await candidates(cli, words.slice(0, -1), typed);
    const fitting = found === FILES ? found : found.filter(([word]) => word.startsWith(typed));
    for (const [word, about] of fitting) cli.stdout.write(found === FILES ? `${word}\n` : `${word}\t${cleanText(about, 80)}\n`);
  } catch {
    // a shell has no place for it, and the command itself will say
  }
  return 0;
}

async function candidates(cli: Cli, before: readonly string[], typed: string): Promise<readonly Candidate[]> {
  const line = readLine(before);
  if (line.awaits !== null) return valuesOf(cli, line, line.awaits);
  if (typed.startsWith('-')) return flagCandidates(line.command, line.flags);
  if (!line.command) return nextWords(line.words);
  const wanted = Object.values(line.command.positionals)[line.words.length - line.command.name.split(' ').length];
  if (wanted) return valuesOf(cli, line, wanted.value);
  return flagCandidates(line.command, line.flags);
}

type Line = { readonly words: readonly string[]; readonly flags: ReadonlyMap<string, string>; readonly command: Command | undefined; readonly awaits: ValueName | 'profile' | 'nothing' | null };

function readLine(before: readonly string[]): Line {
  const words: string[] = [];
  const flags = new Map<string, string>();
  const takesValue = new Map(COMMANDS.flatMap((command) => [...flagsOf(command)]));
  let open: string | null = null;
  for (const word of before) {
    if (open !== null) {
      flags.set(open, word);
      open = null;
    } else if (word.startsWith('--')) {
      const [name = '', value] = word.slice(2).split('=', 2);
      if (value !== undefined || takesValue.get(name) !== 'text' || name === 'demo') flags.set(name, value ?? '');
      else open = name;
    } else if (!word.startsWith('-')) words.push(word);
  }
  const typed = words[0] === 'help' ? words.slice(1) : words;
  const command = COMMANDS.find(({ name }) => name.split(' ').every((part, i) => typed[i] === part));
  return { words: typed, flags, command, awaits: open === null ? null : awaited(command, open) };
}

function awaited(command: Command | undefined, name: string): ValueName | 'profile' | 'nothing' {
  if (name === 'profile') return 'profile';
  const flag = (command ? [command] : COMMANDS).map(({ flags }) => flags[name]).find((one) => one !== undefined);
  return flag && flag.value !== 'switch' ? flag.value : 'nothing';
}

function nextWords(words: readonly string[]): readonly Candidate[] {
  const before = words.length === 0 ? '' : `${words.join(' ')} `;
  const next = new Map<string, string>();
  for (const { name, summary } of COMMANDS) {
    if (!name.startsWith(before)) continue;
    const [word = '', ...more] = name.slice(before.length).split(' ');
    if (!next.has(word)) next.set(word, more.length === 0 ? summary : `${before}${word} …`);
  }
  return [...next];
}

function flagCandidates(command: Command | undefined, given: ReadonlyMap<string, string>): readonly Candidate[] {
  const own = Object.entries(command?.flags ?? {}).map(([name, flag]) => [name, flag.about] as const);
  const secrets = (command?.secrets ?? []).map((name) => [SECRETS[name].flag, SECRETS[name].about] as const);
  const dry = command?.writes === true ? [['dry-run', 'print the request and send nothing'] as const] : [];
  const everywhere = Object.entries(GLOBAL_FLAGS).map(([name, flag]) => [name, flag.about] as const);
  return [...own, ...secrets, ...dry, ...everywhere].filter(([name]) => !given.has(name)).map(([name, about]) => [`--${name}`, about]);
}

async function valuesOf(cli: Cli, line: Line, value: ValueName | 'profile' | 'nothing'): Promise<readonly Candidate[]> {
  switch (value) {
    case 'tenant':
      return asked(cli, line, api.listTenants(), ({ tenants }) => tenants.map((tenant) => [tenant.id, tenant.name]));
    case 'agent':
      return agents(cli, line);
    case 'session':
      return sessions(cli, line, () => true);
    case 'agentOrSession':
      return [...(await agents(cli, line)), ...(await sessions(cli, line, ({ state }) => state !== 'ended'))];
    case 'agentOrTenant':
      return agents(cli, line);
    case 'token':
      return asked(cli, line, api.listPats(), ({ pats }) => pats.filter((pat) => pat.revoked_at === null).map((pat) => [pat.token_id, pat.name]));
    case 'alert':
      return asked(cli, line, api.listAlerts('open'), ({ alerts }) => alerts.map((alert) => [alert.id, alert.says]));
    case 'command':
      return (await import('@argus/protocol/commands/index.ts')).COMMANDS.map(({ name, summary }) => [name, summary]);
    case 'preset':
      return Object.entries(PRESETS);
    case 'shell':
      return ['bash', 'zsh', 'fish'].map((shell) => [shell, '']);
    case 'record':
      return ['attempts', 'calls', 'events'].map((record) => [record, '']);
    case 'format':
      return ['ndjson', 'ocsf'].map((format) => [format, '']);
    case 'profile':
    case 'profileName': {
      const stored = await readProfiles(cli.env, cli.readFile);
      return stored.ok ? Object.entries(stored.value.profiles).map(([name, { url }]) => [name, url]) : [];
    }
    case 'file':
    case 'outFile':
      return FILES;
    default:
      return [];
  }
}

function agents(cli: Cli, line: Line) {
  const tenant = line.flags.get('tenant');
  return asked(cli, line, api.listAgents(), ({ agents: all }) => all.filter((agent) => tenant === undefined || agent.tenant_id === tenant).map((agent) => [agent.id, `${agent.state}, ${agent.tenant_id}`]));
}

type Listed = { readonly state: string };
function sessions(cli: Cli, line: Line, isMeant: (session: Listed) => boolean) {
  return asked(cli, line, api.listSessions(), ({ sessions: all }) => all.filter(isMeant).map((one) => [one.session_id, `${one.state}, ${one.agent_id}`]));
}

/** Nothing when nobody is signed in, when it takes too long, and when the server says no. */
async function asked<T>(cli: Cli, { flags }: Line, request: Request<T>, read: (answer: T) => readonly Candidate[]): Promise<readonly Candidate[]> {
  const settings = await readSettings({ flags, env: cli.env, readFile: cli.readFile, secrets: [] });
  if (!settings.ok || settings.value.pat === undefined) return [];
  const { url, pat } = settings.value;
  cli.keeper.hide(pat);
  const answer = await send({ baseUrl: url, pat, fetch: cli.fetch, userAgent: `argusctl/${VERSION}` }, { ...request, timeoutMs: SECOND_MS });
  return answer.ok ? read(answer.value) : [];
}
