/**
 * The keys of one log, one after the other. A key is followed by the one that an entry of the log names under the old key's own
 * signature; the checkpoint that covers this entry last is still of the old key, and every larger one of the new.
 */
import type { Json } from '@argus/kit/canonical-json.ts';
import type { InstanceId } from './ids.ts';
import type { Leaf } from './leaf.ts';
import { originOf, type TreeName } from './origin.ts';
import { base64Of32, base64Of64 } from './text.ts';

export const LOG_KEYS_MAX = 8;

/** Signs checkpoints over more entries than `over`, until the next one does. */
export type LogKey = { readonly key: string; readonly over: number };
/** Oldest first. Null where nobody said from where each holds: then any of them is taken. */
export type LogKeys = { readonly keys: readonly LogKey[]; readonly isOrdered: boolean };

export const oneKey = (key: string): LogKeys => ({ keys: [{ key, over: 0 }], isOrdered: true });

/** As a trust file has them. */
export function logKeysOf({ log_keys: keys, log_key_sizes: sizes }: { readonly log_keys: readonly string[]; readonly log_key_sizes?: readonly number[] | undefined }): LogKeys {
  const isOrdered = keys.length === 1 || (sizes?.length === keys.length && sizes.every((size, i) => i === 0 || size > (sizes[i - 1] ?? 0)));
  return { keys: keys.map((key, i) => ({ key, over: sizes?.[i] ?? 0 })), isOrdered };
}

/** Who has to have signed a checkpoint of this size. */
export function keysFor({ keys, isOrdered }: LogKeys, size: number): readonly string[] {
  if (!isOrdered) return keys.map(({ key }) => key);
  const key = keys.findLast((one, i) => i === 0 || one.over < size)?.key;
  return key === undefined ? [] : [key];
}

export type Rotation = { readonly from: string; readonly to: string; readonly signature: string };
type Place = { readonly instance: InstanceId; readonly tree: TreeName };

/** What the old key signs, as kind `log-rotation`. */
export const rotationValue = ({ instance, tree }: Place, { from, to }: Pick<Rotation, 'from' | 'to'>): Json => ({ v: 1, log: originOf(instance, tree), from, to });
export const rotationArgs = ({ from, to, signature }: Rotation) => ({ from_key: from, to_key: to, signature });

const [Key, Signature] = [base64Of32(), base64Of64()];
/** Null: the entry is about something else, or was refused. */
export function rotationIn({ type, phase, outcome, args_commit: said }: Leaf): Rotation | null {
  if (type !== 'log_key_rotated' || phase !== 'fact' || outcome !== 'ok') return null;
  const [from, to, signature] = [Key.safeParse(said?.['from_key']), Key.safeParse(said?.['to_key']), Signature.safeParse(said?.['signature'])];
  return from.success && to.success && signature.success ? { from: from.data, to: to.data, signature: signature.data } : null;
}

/** The keys with the one that a rotation at this index brings; or why it brings none. Its signature is asked about apart. */
export function withRotation(known: LogKeys, { from, to }: Rotation, index: number): LogKeys | string {
  const place = known.keys.findIndex(({ key }) => key === to);
  if (place > 0 && known.isOrdered && known.keys[place]?.over === index + 1 && known.keys[place - 1]?.key === from) return known; // it is known already
  if (place !== -1) return 'it brings back a key that was there before';
  const last = known.keys.at(-1);
  if (last?.key !== from) return 'the key it is signed with is not the one that held';
  if (!known.isOrdered) return 'nobody said from where the known keys hold';
  if (index + 1 <= last.over || known.keys.length >= LOG_KEYS_MAX) return 'it stands before the key it follows';
  return { keys: [...known.keys, { key: to, over: index + 1 }], isOrdered: true };
}

/**
 * The keys with the one before the first that is known: who enrolled after a change knows only the key it brought, and what that
 * key vouches for says which one held before. Null: this change brought another key.
 */
export function withEarlierKey(known: LogKeys, { from, to }: Rotation, index: number): LogKeys | null {
  const [first, ...more] = known.keys;
  const isBefore = known.isOrdered && first?.key === to && first.over === 0 && known.keys.every(({ key }) => key !== from) && known.keys.length < LOG_KEYS_MAX;
  return isBefore ? { keys: [{ key: from, over: 0 }, { key: to, over: index + 1 }, ...more], isOrdered: true } : null;
}
