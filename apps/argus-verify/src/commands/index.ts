import type { VerifyCommand } from '../command.ts';
import { bundle } from './bundle.ts';
import { compare } from './compare.ts';
import { live } from './live.ts';

export const COMMANDS: readonly VerifyCommand[] = [bundle, live, compare];

const width = Math.max(...COMMANDS.map(({ word }) => word.length));
export const HELP = `argus-verify checks the log of what was done on your machines, without believing whoever keeps it.

${COMMANDS.map(({ word, summary }) => `  ${word.padEnd(width)}  ${summary}`).join('\n')}

Each takes --json and --help.
Exit codes: 0 all of it holds, 1 something does not hold, 2 what was typed, 3 something cannot be read or reached.
`;
export const helpOn = ({ word, usage, summary, teaches }: VerifyCommand): string => `argus-verify ${word} ${usage}\n\n${summary}. ${teaches}\n`;
