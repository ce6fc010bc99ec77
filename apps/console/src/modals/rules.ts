/** Why a form cannot be sent yet; null: it can. The server asks all of it again. */
const REASON_MIN = 3;

type Typed = { readonly tenant: string; readonly typed: string; readonly reason: string; readonly waitS: number };

export function disarmBlock({ tenant, typed, reason, waitS }: Typed): string | null {
  if (waitS > 0) return `Too many at once: the server takes the next one in ${waitS} s.`;
  if (typed !== tenant) return `Type ${tenant} exactly as it stands.`;
  return reason.trim().length < REASON_MIN ? `A reason of at least ${REASON_MIN} characters is needed.` : null;
}

export function armBlock(given: Typed & { readonly document: string; readonly vouched: boolean }): string | null {
  const block = disarmBlock(given);
  if (block !== null) return block;
  if (given.document.trim() === '') return 'Name the signed document.';
  return given.vouched ? null : 'Say that you have the signed document before you.';
}
