import { err, ok, type Result } from '@argus/kit/result.ts';
import { parseFlatYaml } from './flat-yaml.ts';
import { DEFAULT_TUNING, isTuningName, valueOf, type Tuning, type TuningName } from './tuning.ts';

export type TuningRead = { readonly tuning: Tuning; readonly foreign: readonly string[] };

/**
 * All of a file or nothing of it. Keys that are not ours are left alone: the file may belong to what is supported as
 * well. Their names are handed back, so that a key that was misspelled can be seen.
 */
export function readTuning(text: string): Result<TuningRead, string> {
  const flat = parseFlatYaml(text);
  if (!flat.ok) return flat;
  const said: Partial<Record<TuningName, number | string>> = {};
  const foreign: string[] = [];
  const problems: string[] = [];
  for (const [name, written] of flat.value) {
    if (!isTuningName(name)) {
      foreign.push(name);
      continue;
    }
    const read = valueOf(name, written ?? '');
    if ('problem' in read) problems.push(read.problem);
    else said[name] = read.value;
  }
  return problems.length > 0 ? err(problems.join('; ')) : ok({ tuning: { ...DEFAULT_TUNING, ...said } as Tuning, foreign }); // every value passed its own row
}
