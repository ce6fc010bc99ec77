/** What a flag may be, each read with the schema the machine reads it with. */
import { isoTime } from '@argus/kit/clock.ts';
import { parseId, type IdKind, type Id } from '@argus/protocol/ids.ts';
import { PatchKeys, type PatchKey } from '@argus/protocol/patch.ts';
import type { Given } from './command.ts';
import { readJson } from './files.ts';
import { badFile, usage } from './stop.ts';

export function flag({ flags }: Given, name: string): string | undefined {
  const value = flags[name];
  return typeof value === 'string' ? value : undefined;
}
export const must = (given: Given, name: string, what: string): string => flag(given, name) ?? usage(`--${name} is required: ${what}.`);
export const word = ({ words }: Given, what: string): string => (words.length === 1 && words[0] !== undefined ? words[0] : usage(`Name ${what}.`));

export const mustId = <K extends IdKind>(kind: K, raw: string, name: string): Id<K> => parseId(kind, raw) ?? usage(`--${name} is not ${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind} id.`);

/** To the second or finer, with its zone: a time somebody else's clock would read otherwise is no time. */
export function timeOf(raw: string, name: string): string {
  const isWhole = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/.test(raw);
  const at = isWhole ? Date.parse(raw) : Number.NaN;
  return Number.isNaN(at) ? usage(`--${name} is no time with its zone; one looks like 2026-11-21T12:00:00Z.`) : isoTime(at);
}

export function threshold(given: Given): number {
  const raw = flag(given, 'threshold') ?? '1';
  return /^([1-9]|1[0-6])$/.test(raw) ? Number(raw) : usage('--threshold is a number from 1 to 16: how many keys have to sign.');
}

export function keysIn(path: string): readonly PatchKey[] {
  const keys = PatchKeys.safeParse(readJson(path, 'list of keys'));
  return keys.success ? keys.data : badFile(`${path} is no list of public keys. Make one with: argus-sign public KEY… > ${path}`);
}
