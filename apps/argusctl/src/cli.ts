/** argusctl as a function: words and a world in, an exit code out. What is heavy is loaded when a command runs. */
import type { Fetch } from '@argus/client/client.ts';
import type { Clock } from '@argus/kit/clock.ts';
import { readArgv } from './argv.ts';
import type { Command, Exit } from './command.ts';
import { COMMANDS } from './commands/index.ts';
import { createKeeper, type Keeper, type Stream } from './output.ts';
import { commandHelp, overview } from './render/help.ts';
import { retypeOf } from './retype.ts';
import { SECRET_FLAGS, SECRETS } from './secrets.ts';
import type { Browser } from './browser.ts';
import type { DigestFile } from './digest-file.ts';
import type { OutFile } from './out-file.ts';
import type { Terminal } from './terminal.ts';
import type { Env, ReadFile } from './stored.ts';
import { VERSION } from './version.ts';

export type World = {
  readonly argv: readonly string[]; // without the program
  readonly env: Env;
  readonly fetch: Fetch;
  readonly stdout: Stream;
  readonly stderr: Stream;
  readonly clock: Clock;
  readonly random: (bytes: number) => Uint8Array;
  readonly readFile: ReadFile;
  readonly digestFile: DigestFile;
  readonly outFile: OutFile;
  /** What is written to us, line by line; null for a line that is too long. */
  readonly lines: () => AsyncIterable<string | null>;
  readonly terminal: Terminal;
  /** Loaded when it is needed. */
  readonly browser: () => Promise<Browser>;
  /** Holds the process open, as a timer of the clock does not. */
  readonly pause: (ms: number) => Promise<void>;
};
export type Cli = World & { readonly keeper: Keeper };

const CRASHED: Exit = 1;
/** What the scripts of `argusctl completion` call; not for people. */
const COMPLETE = '__complete';

export async function runCli(world: World): Promise<Exit> {
  const keeper = createKeeper();
  for (const secret of secretsIn(world)) keeper.hide(secret);
  const cli: Cli = { ...world, keeper, stdout: keeper.over(world.stdout), stderr: keeper.over(world.stderr) };
  try {
    return await serve(cli);
  } catch (thrown) {
    const { redactSecrets } = await import('@argus/protocol/ids.ts');
    const what = redactSecrets(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown));
    cli.stderr.write(`error: argusctl itself broke. Please report this:\n${what}\n`);
    return CRASHED;
  }
}

/** Before anything is understood, and so also when nothing will be. */
const secretsIn = ({ argv, env }: World): readonly (string | undefined)[] => [
  ...Object.values(SECRETS).map((secret) => env[secret.env]),
  ...SECRET_FLAGS.flatMap((flag) => argv.map((word, i) => (word === `--${flag}` ? argv[i + 1] : undefined))),
  ...SECRET_FLAGS.flatMap((flag) => argv.filter((word) => word.startsWith(`--${flag}=`)).map((word) => word.slice(flag.length + 3))),
];

const helpOn = async (command: Command | null, group: string): Promise<string> =>
  command ? commandHelp(command, (await command.details?.()) ?? []) : overview(COMMANDS, group);

async function serve(cli: Cli): Promise<Exit> {
  if (cli.argv[0] === COMPLETE) return (await import('./complete.ts')).complete(cli, cli.argv.slice(1));
  const wish = readArgv(cli.argv, COMMANDS);
  switch (wish.do) {
    case 'version':
      cli.stdout.write(`argusctl ${VERSION}\n`);
      return 0;
    case 'help':
      cli.stdout.write(await helpOn(wish.about, wish.group ?? ''));
      return 0;
    case 'refuse': {
      const { refusing } = await import('./refuse.ts');
      return refusing(cli, wish.isJson, { url: '', writes: false, retype: retypeOf(new Map(), cli.env) })(wish.problem);
    }
    case 'run': {
      const { runCommand } = await import('./run.ts');
      return runCommand(cli, wish.command, wish.given);
    }
    default:
      return wish satisfies never;
  }
}
