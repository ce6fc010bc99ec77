import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addressBlock } from './address-block.ts';

test.each([
  ['203.0.113.9', '203.0.113.9'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:0DB8:0001:0002::1', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['64:ff9b::192.0.2.33', '64:ff9b:0:0::/64'],
  ['1:2:3:4:5:6:192.0.2.33', '1:2:3:4::/64'],
  ['1:2:3::', '1:2:3:0::/64'],
  ['', ''],
  ['unknown', 'unknown'],
])('%s is counted as %s', (address, block) => expect(addressBlock(address)).toBe(block));

/** Guarantee: whoever walks through their own /64 stays one and the same. */
test('all addresses of one /64 are one, however they are written, and those of two are two', () => {
  const group = fc.integer({ min: 0, max: 0xffff });
  fc.assert(
    fc.property(fc.tuple(group, group, group, group), fc.tuple(group, group, group, group), fc.tuple(group, group, group, group), (net, a, b) => {
      const text = (groups: readonly number[]) => groups.map((n) => n.toString(16)).join(':');
      const padded = (groups: readonly number[]) => groups.map((n) => n.toString(16).padStart(4, '0').toUpperCase()).join(':');
      expect(addressBlock(text([...net, ...a]))).toBe(addressBlock(padded([...net, ...b])));
      const other = [...net.slice(0, 3), (net[3] + 1) % 0x1_0000];
      expect(addressBlock(text([...other, ...a]))).not.toBe(addressBlock(text([...net, ...a])));
    }),
  );
});
