/** A command that was understood: its words become values, its settings are found, and it runs. */
import { ok } from '@argus/kit/result.ts';
import { readArgs } from './args.ts';
import type { Given } from './argv.ts';
import type { Cli } from './cli.ts';
import type { Command, Exit } from './command.ts';
import { createContext } from './context.ts';
import { refusing } from './refuse.ts';
import { retypeOf } from './retype.ts';
import type { Settings } from './settings.ts';

export async function runCommand(cli: Cli, command: Command, given: Given): Promise<Exit> {
  // Everything that can be wrong in what was typed is said before any file is read or anything is sent.
  const args = await readArgs(command, given);
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
