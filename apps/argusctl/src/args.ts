/** Words into values, each read with the schema the server reads it with. What is wrong is said without the word in it. */
import { err, ok, type Result } from '@argus/kit/result.ts';
import { seeHelp, type Given } from './argv.ts';
import { usage, type Command, type Flag, type LocalProblem, type ValueName } from './command.ts';
import type { Value, VALUES } from './values.ts';

export type Args = Readonly<Record<string, unknown>>;
type Values = typeof VALUES;

/** Loads the schemas only where there is a word to read. */
export async function readArgs(command: Command, given: Given): Promise<Result<Args, LocalProblem>> {
  const takesWords = Object.keys(command.positionals).length > 0 || Object.values(command.flags).some(({ value }) => value !== 'switch');
  return readWith(command, given, takesWords ? (await import('./values.ts')).VALUES : null);
}

function readWith(command: Command, { flags, positionals }: Given, values: Values | null): Result<Args, LocalProblem> {
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
