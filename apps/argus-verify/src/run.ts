/** From what was typed to an answer and an exit code; main.ts joins it with the process. */
import { parseArgs } from 'node:util';
import { EXIT } from '@argus/evidence/findings.ts';
import { exitCodeOf, reportJson, reportText } from '@argus/evidence/report.ts';
import { secretShaped } from '@argus/protocol/ids.ts';
import { asTyped } from './as-typed.ts';
import { COMMANDS, HELP, helpOn } from './commands/index.ts';
import type { World } from './command.ts';
import { Stop, usage } from './stop.ts';

export type Ran = { readonly exit: number; readonly stdout: string; readonly stderr: string };
const EVERYWHERE = { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const;

export async function run(argv: readonly string[], world: World): Promise<Ran> {
  const isJson = argv.includes('--json');
  const typed = (ran: Ran): Ran => (isJson ? ran : { ...ran, stdout: asTyped(ran.stdout, world.env), stderr: asTyped(ran.stderr, world.env) });
  try {
    return typed(await dispatch(argv, world, isJson));
  } catch (problem) {
    const isTyping = (problem as { code?: string })?.code?.startsWith('ERR_PARSE_ARGS') === true;
    if (!(problem instanceof Stop) && !isTyping) throw problem;
    const { message } = problem as Error;
    const exit = problem instanceof Stop ? problem.exit : EXIT.usage;
    return typed({ exit, stdout: '', stderr: isJson ? `${JSON.stringify({ v: 1, verdict: 'not_checked', title: message })}\n` : `argus-verify: ${message}\n` });
  }
}

async function dispatch(argv: readonly string[], world: World, isJson: boolean): Promise<Ran> {
  const answered = (stdout: string): Ran => ({ exit: EXIT.holds, stdout, stderr: '' });
  const [first] = argv;
  if (first === undefined || ['help', '--help', '-h'].includes(first)) return answered(HELP);
  if (argv.some((word) => word.search(secretShaped()) >= 0)) return usage('A token stands among the words you typed, where everybody on this machine can see it. Revoke it, and give the new one by --pat-file.');
  const command = COMMANDS.find(({ word }) => word === first) ?? usage('argus-verify has no such command. See argus-verify --help.');
  const { values, positionals } = parseArgs({ args: argv.slice(1), allowPositionals: true, options: { ...command.options, ...EVERYWHERE } });
  const { json: _, help, ...flags } = values;
  if (help === true) return answered(helpOn(command));
  const { checked, about } = await command.run({ flags, words: positionals }, world);
  const stdout = isJson ? `${JSON.stringify(reportJson(checked, about))}\n` : reportText(checked, about);
  return { exit: exitCodeOf(checked), stdout, stderr: '' };
}
