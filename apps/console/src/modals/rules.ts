/** Why a form cannot be sent yet; null: it can. The server asks all of it again. */
import { REASON_MIN } from '@argus/protocol/text.ts';

export const isReason = (text: string): boolean => text.trim().length >= REASON_MIN;
export const reasonBlock = (reason: string): string | null => (isReason(reason) ? null : `A reason of at least ${REASON_MIN} characters is needed.`);

type Typed = { readonly tenant: string; readonly typed: string; readonly reason: string; readonly waitS: number };

export function disarmBlock({ tenant, typed, reason, waitS }: Typed): string | null {
  if (waitS > 0) return `Too many at once: the server takes the next one in ${waitS} s.`;
  return typed === tenant ? reasonBlock(reason) : `Type ${tenant} exactly as it stands.`;
}

export function armBlock(given: Typed & { readonly document: string; readonly vouched: boolean }): string | null {
  const block = disarmBlock(given);
  if (block !== null) return block;
  if (given.document.trim() === '') return 'Name the signed document.';
  return given.vouched ? null : 'Say that you have the signed document before you.';
}
