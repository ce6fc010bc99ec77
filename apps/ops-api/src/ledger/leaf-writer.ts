/**
 * Writes entries that a reader takes, and throws at any other. Most of an entry says what the one before it said: a field
 * whose very value has just been found good is not looked at again. Fields stand alone, so that changes no verdict.
 */
import { Leaf, leafText } from '@argus/protocol/leaf.ts';

export type LeafWriter = (leaf: Leaf) => string;

const FIELDS = Object.entries(Leaf.shape) as readonly (readonly [keyof Leaf, { parse(value: unknown): unknown }])[]; // Object.entries loses the names

export function createLeafWriter(): LeafWriter {
  const good = new Map<keyof Leaf, unknown>();
  return (leaf) => {
    for (const [name, schema] of FIELDS) {
      const value = leaf[name];
      if (good.has(name) && good.get(name) === value) continue;
      schema.parse(value);
      if (typeof value !== 'object') good.set(name, value); // what can be changed inside is looked at each time
    }
    return leafText(leaf);
  };
}
