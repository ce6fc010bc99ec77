/** The program: the only file that sees the process. */
import { parseArgs } from 'node:util';
import { systemClock } from '@argus/kit/clock.ts';
import { systemRandom } from '@argus/keys/random.ts';
import { COMMANDS, HELP, helpOn } from './commands/index.ts';
import type { Given } from './command.ts';
import { passphraseFrom } from './passphrase.ts';
import { EXIT, Stop, usage } from './stop.ts';

const EVERYWHERE = { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const;
const argv = process.argv.slice(2);
const isJson = argv.includes('--json');

async function main(): Promise<void> {
  const command = COMMANDS.find(({ word }) => word === argv[0]);
  if (argv.length === 0 || argv[0] === 'help' || argv[0] === '--help' || argv[0] === '-h') return void process.stdout.write(HELP);
  if (!command) return usage('argus-sign has no such command. See argus-sign --help.');
  const { values, positionals } = parseArgs({ args: argv.slice(1), allowPositionals: true, options: { ...command.options, ...EVERYWHERE } });
  const { json: _, help, ...flags } = values;
  if (help === true) return void process.stdout.write(helpOn(command));
  const takesWords = !command.usage.startsWith('--');
  if (!takesWords && positionals.length > 0) usage(`There is a word too many. See argus-sign ${command.word} --help.`);
  const given = { flags: flags as Given['flags'], words: positionals }; // every option of a command takes text
  const answer = await command.run(given, {
    clock: systemClock,
    random: systemRandom,
    passphrase: (isNew, file) => passphraseFrom({ file, isNew, stdin: process.stdin, say: (text) => void process.stderr.write(text) }),
  });
  process.stdout.write(isJson ? `${JSON.stringify(answer.json)}\n` : answer.text);
}

main().catch((problem: unknown) => {
  const isTyping = (problem as { code?: string })?.code?.startsWith('ERR_PARSE_ARGS') === true;
  if (!(problem instanceof Stop) && !isTyping) {
    process.stderr.write(`argus-sign itself broke. Please report this:\n${problem instanceof Error ? problem.stack : String(problem)}\n`);
    process.exitCode = EXIT.bug;
    return;
  }
  const { message } = problem as Error;
  const code = problem instanceof Stop ? problem.code : 'usage';
  process.stderr.write(isJson ? `${JSON.stringify({ code, title: message })}\n` : `argus-sign: ${message}\n`);
  process.exitCode = problem instanceof Stop ? problem.exit : EXIT.usage;
});
