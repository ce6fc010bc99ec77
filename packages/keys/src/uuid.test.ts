import { expect, test } from 'vitest';
import { systemRandom } from './random.ts';
import { uuidV7 } from './uuid.ts';

test('ids of later moments sort after ids of earlier ones, whatever the randomness', () => {
  const ids = [0, 1, 1_700_000_000_000, 1_700_000_000_001, 2 ** 48 - 1].map((at) => uuidV7(at, systemRandom));
  expect(ids.toSorted()).toEqual(ids);
});

test('version and variant stand where RFC 9562 has them', () => {
  for (const byte of [0x00, 0xff])
    expect(uuidV7(1_645_557_742_000, (n) => new Uint8Array(n).fill(byte))).toMatch(/^017f22e2-79b0-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
