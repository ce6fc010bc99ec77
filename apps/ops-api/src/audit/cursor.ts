import type { Moment } from '../ports.ts';

/**
 * Where a page ended, as text. It is a place and no permission: what may be read is decided anew for every page.
 */
export const writeCursor = ({ atUs, id }: Moment): string => Buffer.from(`${atUs} ${id}`).toString('base64url');

const SHAPE = /^(0|[1-9]\d{0,15}) ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** Null when it is not one that we wrote. */
export function readCursor(text: string): Moment | null {
  const plain = Buffer.from(text, 'base64url').toString();
  const [, us, id] = SHAPE.exec(plain) ?? [];
  const atUs = Number(us);
  const isOurs = id !== undefined && Number.isSafeInteger(atUs) && writeCursor({ atUs, id }) === text;
  return isOurs ? { atUs, id } : null;
}
