import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { PROTOCOL_VERSION } from '@argus/protocol/frames.ts';
import { redactSecrets } from '@argus/protocol/ids.ts';
import { openStateDir, StateDirProblem } from './adapters/state/state-dir.ts';
import { asTyped, calledBy } from './cli/as-typed.ts';
import type { Flags } from './cli/command.ts';
import { CLI, commandOf, HELP, helpOn } from './cli/index.ts';
import { machine } from './cli/machine.ts';
import { Stop, stop } from './cli/stop.ts';

const EVERYWHERE = { state: { type: 'string' }, 'allow-root': { type: 'boolean' }, help: { type: 'boolean', short: 'h' }, version: { type: 'boolean' } } as const;

function refuseRoot(isAllowed: boolean): void {
  if (process.getuid?.() === 0 && !isAllowed)
    stop('argus-agent does not run as root. Start it as an ordinary user, or pass --allow-root if there is none.');
}

/** For the whole of Node.js it is a switch; here there is none. */
function refuseUncheckedCertificates(): void {
  if (process.env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0')
    stop('NODE_TLS_REJECT_UNAUTHORIZED=0 turns the check of certificates off, and argus-agent does not run without it. Unset it.');
}

let asked: Flags = {}; // what came with the command, for the sentences that end with another one

async function main(argv: readonly string[]): Promise<void> {
  process.title = 'argus-agent'; // also blanks a code given as a flag
  // One name may be a word here and a switch there: what the command that is typed says counts.
  const typed = CLI.find(({ words }) => argv.some((_, i) => words === argv.slice(i, i + words.split(' ').length).join(' ')));
  const options = Object.assign({}, ...CLI.map((command) => command.options), typed?.options, EVERYWHERE) as typeof EVERYWHERE;
  const { values, positionals } = parseArgs({ args: [...argv], allowPositionals: true, options });
  asked = { ...values, ...calledBy(process.env) };
  const words = positionals.join(' ');
  if (values.version) return void process.stdout.write(`argus-agent ${machine.version}, protocol ${PROTOCOL_VERSION}, Node.js ${process.version}, ${machine.platform}\n`);
  if (values.help || words === '') return void process.stdout.write(typed && words !== '' ? helpOn(typed) : HELP);
  refuseUncheckedCertificates();
  const { command, flags } = commandOf(positionals) ?? stop(`argus-agent has no command ${JSON.stringify(redactSecrets(words))}. See argus-agent --help.`);
  refuseRoot(values['allow-root'] ?? command.isForRootToo ?? false);
  const taken = { ...command.options, ...EVERYWHERE };
  const foreign = Object.keys(values).find((flag) => !Object.hasOwn(taken, flag));
  if (foreign !== undefined) stop(`argus-agent ${command.words} takes no --${foreign}. See argus-agent --help.`);
  const environment = Object.entries(command.fromEnvironment ?? {}).map(([flag, name]) => [flag, process.env[name]]);
  const path = resolve(values.state ?? join(process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state'), 'argus-agent'));
  await command.run(openStateDir(path, { isForRootToo: command.isForRootToo ?? false }), { ...Object.fromEntries(environment), ...asked, ...flags });
}

main(process.argv.slice(2)).catch((problem: unknown) => {
  const isExpected = problem instanceof Stop || problem instanceof StateDirProblem || (problem as { code?: string })?.code?.startsWith('ERR_PARSE_ARGS');
  process.stderr.write(isExpected ? `argus-agent: ${asTyped((problem as Error).message, asked)}\n` : `argus-agent: ${problem instanceof Error ? problem.stack : String(problem)}\n`);
  process.exitCode = isExpected ? 2 : 1;
});
