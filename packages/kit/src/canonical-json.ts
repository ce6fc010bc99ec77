/**
 * One spelling per JSON value (RFC 8785), so that equal values have equal bytes and one hash.
 * What has no such spelling is refused: a writer that guesses signs something else than its caller meant.
 */
import { err, ok, type Result } from './result.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Ours, far above any leaf or receipt: keeps a hostile text, or a cycle, from using up the stack. */
const DEPTH_MAX = 64;

/** Throws TypeError on anything that is not plain JSON: an undefined member, a Date, NaN, half a surrogate pair. */
export const canonicalJson = (value: Json): string => (isInOrder(value, 0) ? JSON.stringify(value) : write(value, 0));

/** Reads only what `canonicalJson` writes; another order, a space or a second key of the same name is refused. */
export function parseCanonical(text: string): Result<Json, string> {
  try {
    const value: Json = JSON.parse(text);
    return canonicalJson(value) === text ? ok(value) : err('JSON, but not in its canonical spelling');
  } catch (thrown) {
    return err(thrown instanceof TypeError ? thrown.message : 'no JSON'); // the engine's own sentence repeats what it was given
  }
}

/**
 * Refuses what `write` refuses. True when the members of every object come in order as they are: the engine's own writer,
 * which is many times as fast, then has no choice left and writes what `write` would.
 */
function isInOrder(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) {
    if (typeof value === 'string') requireText(value);
    else write(value, depth);
    return true;
  }
  if (depth === DEPTH_MAX) throw new TypeError(`nested deeper than ${DEPTH_MAX}`);
  if (Array.isArray(value)) {
    if ('toJSON' in value) return false; // the engine would call it
    for (let i = 0; i < value.length; i++) if (!isInOrder(value[i], depth + 1)) return false;
    return true;
  }
  const members = plainMembers(value);
  let last = '';
  for (const key of Object.keys(members)) {
    if (key < last) return false;
    requireText(key);
    last = key;
    if (members[key] === undefined || !isInOrder(members[key], depth + 1)) return false; // `write` says which it was
  }
  return true;
}

// Takes `unknown`: values arrive through casts and libraries, and a type is no proof of what is in them.
function write(value: unknown, depth: number): string {
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError(`${value} is not JSON`);
      return String(value); // the RFC's number format is ECMAScript's own, which prints -0 as 0
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      if (depth === DEPTH_MAX) throw new TypeError(`nested deeper than ${DEPTH_MAX}`);
      return Array.isArray(value) ? writeArray(value, depth + 1) : writeObject(value, depth + 1);
    case 'undefined':
    case 'bigint':
    case 'symbol':
    case 'function':
      throw new TypeError(`${typeof value} is not JSON`);
  }
}

function quote(text: string): string {
  requireText(text);
  return JSON.stringify(text);
}

function requireText(text: string): void {
  if (!text.isWellFormed()) throw new TypeError('a string with half a surrogate pair has no UTF-8');
}

function writeArray(items: readonly unknown[], depth: number): string {
  let out = '[';
  // By index: a hole then reads as undefined and is refused, where forEach or map would skip it.
  for (let i = 0; i < items.length; i++) out += (i === 0 ? '' : ',') + write(items[i], depth);
  return `${out}]`;
}

function writeObject(value: object, depth: number): string {
  const members = plainMembers(value);
  const keys = sorted(Object.keys(members));
  let out = '{';
  for (const key of keys) {
    const member = members[key];
    if (member === undefined) throw new TypeError(`member ${JSON.stringify(key)} is undefined: leave it out instead`);
    out += `${out === '{' ? '' : ','}${quote(key)}:${write(member, depth)}`;
  }
  return `${out}}`;
}

function plainMembers(value: object): Readonly<Record<string, unknown>> {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null)
    throw new TypeError(`${Object.prototype.toString.call(value)} is not plain JSON`);
  if (Object.getOwnPropertySymbols(value).length > 0) throw new TypeError('a member named by a symbol is not JSON');
  return value as Readonly<Record<string, unknown>>;
}

/** By UTF-16 code units, which is how ECMAScript compares strings. Text we check is in order already: look first. */
function sorted(keys: readonly string[]): readonly string[] {
  let last = '';
  for (const key of keys) {
    if (key < last) return keys.toSorted();
    last = key;
  }
  return keys;
}
