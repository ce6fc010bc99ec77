import { expect, test } from 'vitest';
import { readCursor, writeCursor } from './cursor.ts';

const id = '01890a5d-ac96-774b-bcce-b302099a8057';
test.each([{ atUs: 0, id }, { atUs: 1_772_366_400_123_456, id }])('%j comes back as it went', (moment) => expect(readCursor(writeCursor(moment))).toEqual(moment));

const as = (text: string) => Buffer.from(text).toString('base64url');
test.each(['', 'x', '*', as(''), as(`1 ${id.toUpperCase()}`), as(`-1 ${id}`), as(`01 ${id}`), as(`1.5 ${id}`), as(`99999999999999999 ${id}`), as(`9999999999999999 ${id}`), as(`1 ${id} `), as(`1  ${id}`), as(`1 ${id}'; DROP`), `${as(`1 ${id}`)}=`, `${as(`1 ${id}`)}\n`])(
  '%j is none of ours',
  (text) => expect(readCursor(text)).toBeNull(),
);
