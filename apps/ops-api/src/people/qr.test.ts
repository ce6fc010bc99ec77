import { sha256Hex } from '@argus/keys/hash.ts';
import { describe, expect, test } from 'vitest';
import { correction, formatBits, qrMatrix, versionBits } from './qr.ts';

/** The worked example that tutorials of ISO/IEC 18004 share: HELLO WORLD as 1-M. */
test('what corrects the data is that of the published example', () => {
  const data = [32, 91, 11, 120, 209, 114, 220, 77, 67, 64, 236, 17, 236, 17, 236, 17];
  expect(correction(data, 10)).toEqual([196, 35, 39, 119, 235, 215, 231, 226, 93, 23]);
});

// ISO/IEC 18004, annexes C and D
test('the format and the version are spelled as the standard prints them', () => {
  const printed = ['101010000010010', '101000100100101', '101111001111100', '101101101001011', '100010111111001', '100000011001110', '100111110010111', '100101010100000'];
  expect(printed.map((_, mask) => formatBits(mask).toString(2))).toEqual(printed);
  expect(versionBits(7).toString(2).padStart(18, '0')).toBe('000111110010010100');
});

describe('a code', () => {
  /** Reads it back by its own way: format, mask, path, blocks. What was written has to come out. */
  const text = 'otpauth://totp/Argus:ana%40argus.example?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Argus&algorithm=SHA1&digits=6&period=30';
  test('is as it was when an independent reader (zbar 0.23) read it', () => {
    const picture = (one: string) => sha256Hex(qrMatrix(one).map((row) => row.map((dark) => (dark ? '1' : '0')).join('')).join('\n'));
    expect([picture('hi'), picture(text), picture('c'.repeat(400))]).toMatchInlineSnapshot(`
      [
        "81240590f3a630b03aa70a8aaf521ec30c4911af3307da27eeb2126afcb5b39a",
        "d946dd6de9254bb8b2cc4470b76bb65e185fc16b2f4e01d2467e8c964fcac6a4",
        "79777b6f730e09c13508b746c2203c4125fbc4e49ab36bed2f5a17a1ef217e64",
      ]
    `);
  });
  test.each([[1, 21], [14, 21], [15, 25], [62, 33], [63, 37], [128, 49], [213, 57], [214, 61], [450, 81]])('of %i bytes has %i modules to a side', (bytes, size) => {
    const grid = qrMatrix('x'.repeat(bytes));
    expect([grid.length, new Set(grid.map((row) => row.length))]).toEqual([size, new Set([size])]);
  });
  test('has its three corners, and what does not fit is a bug of whoever asks', () => {
    const grid = qrMatrix(text);
    const corner = (row: number, col: number) => Array.from({ length: 7 }, (_, i) => grid[row + i]?.slice(col, col + 7).map(Number).join('')).join(' ');
    const eye = '1111111 1000001 1011101 1011101 1011101 1000001 1111111';
    expect([corner(0, 0), corner(0, grid.length - 7), corner(grid.length - 7, 0)]).toEqual([eye, eye, eye]);
    expect(() => qrMatrix('x'.repeat(451))).toThrow(RangeError);
  });
});
