/** The form of a command, out of its contract: nothing about a command is said here that its contract does not say. Pure. */
import { classOf, type DataClass } from '@argus/protocol/classify.ts';
import type { COMMANDS } from '@argus/protocol/commands/index.ts';

export type Contract = (typeof COMMANDS)[number];
export type FieldOf = {
  readonly name: string;
  readonly kind: 'whole' | 'text' | 'file';
  readonly first: string; // what stands in it before anybody types
  readonly isNeeded: boolean;
  readonly limits: string | null;
  readonly kept: DataClass; // what the tenant's log keeps of it
};
type Told = { readonly type?: string; readonly default?: string | number; readonly minimum?: number; readonly maximum?: number };

export function fieldsOf(contract: Contract): readonly FieldOf[] {
  const told = contract.args.toJSONSchema({ io: 'input', unrepresentable: 'any' });
  const needed = told.required ?? [];
  return Object.entries(contract.args.shape).map(([name, field]) => {
    const { type, default: first, minimum, maximum } = (told.properties?.[name] ?? {}) as Told; // of the schema of the same object
    return {
      name,
      kind: type === 'integer' ? 'whole' : type === 'object' ? 'file' : 'text',
      first: typeof first === 'number' ? String(first) : (first ?? ''),
      isNeeded: needed.includes(name),
      limits: minimum !== undefined && maximum !== undefined ? `${minimum} to ${maximum}` : null,
      kept: classOf(field),
    };
  });
}

/** What was typed, as arguments. Left empty is left out, so that the contract says what is missing. */
export const argsOf = (fields: readonly FieldOf[], typed: Readonly<Record<string, string>>): Readonly<Record<string, string | number>> =>
  Object.fromEntries(
    fields.flatMap(({ name, kind, first }) => {
      const text = (typed[name] ?? first).trim();
      return text === '' ? [] : [[name, kind === 'whole' && /^-?\d+$/.test(text) ? Number(text) : text]];
    }),
  );

export const wordsOf = (name: string): string => `${name.charAt(0).toUpperCase()}${name.slice(1).replaceAll('_', ' ')}`;

export const KEPT_WORDS: Readonly<Record<DataClass, string>> = {
  public: 'Stands in the tenant’s log as you type it.',
  sensitive: 'Of this the tenant’s log keeps the digest.',
  secret: 'The tenant’s log keeps nothing of this.',
};
