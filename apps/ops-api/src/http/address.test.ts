import { networksOf, clientAddress, problemWithCidr } from './address.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const trusted = networksOf(['127.0.0.0/8', '10.0.0.0/24', '::1/128', 'fd00::/8']);
const PROXY = '10.0.0.1';
const CLIENT = '203.0.113.9';

describe('where a request comes from', () => {
  const cases: readonly (readonly [string, string, string | undefined, string])[] = [
    ['a socket nobody trusts is the caller, whatever it says of itself', CLIENT, '10.1.2.3', CLIENT],
    ['without the header the socket is the caller', PROXY, undefined, PROXY],
    ['behind a trusted proxy it is the last entry', PROXY, CLIENT, CLIENT],
    ['entries to the left are the caller\'s own words', PROXY, `10.1.2.3, 127.0.0.1, ${CLIENT}`, CLIENT],
    ['trusted proxies are passed from the right', PROXY, `1.2.3.4, ${CLIENT}, 10.0.0.7, 127.0.0.1`, CLIENT],
    ['only proxies all the way: the leftmost of them', PROXY, '10.0.0.8, 10.0.0.9', '10.0.0.8'],
    ['an entry nobody can read stops at who sent it', PROXY, `${CLIENT}, unknown`, PROXY],
    ['an entry with a port cannot be read', PROXY, `${CLIENT}:1234`, PROXY],
    ['an empty entry is no address', PROXY, `${CLIENT},`, PROXY],
    ['an empty header is no address', PROXY, '', PROXY],
    ['a hex or short spelling is no address', PROXY, '0x7f000001', PROXY],
    ['a leading zero is no address', PROXY, '010.1.2.3', PROXY],
    ['IPv4 in IPv6 is the IPv4 address', `::ffff:${PROXY}`, `::ffff:${CLIENT}`, CLIENT],
    ['so it is in capitals', `::FFFF:${PROXY}`, CLIENT, CLIENT],
    ['IPv6 is the caller like any other', '::1', '2001:db8::7', '2001:db8::7'],
    ['a zone belongs to our own interface', 'fe80::1%eth0', undefined, 'fe80::1'],
    ['spaces do not matter', PROXY, `  ${CLIENT}  `, CLIENT],
    ['no socket address is no address', '', CLIENT, ''],
  ];
  test.each(cases)('%s', (_what, socket, header, expected) => {
    expect(clientAddress(socket, header, trusted)).toBe(expected);
  });

  /** Guarantee: nobody moves by writing something to the left of what our own proxy saw. */
  test('whatever stands to the left, the answer is what the last proxy saw', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.ipV4(), fc.ipV6(), fc.string())), (spoofed) => {
        expect(clientAddress(PROXY, [...spoofed, CLIENT].join(','), trusted)).toBe(CLIENT);
        expect(clientAddress(CLIENT, spoofed.join(','), trusted)).toBe(CLIENT);
      }),
    );
  });
});

describe('networks', () => {
  const networks = networksOf(['10.1.0.0/16', '2001:db8::/32', '192.0.2.7/32']);
  test.each(['10.1.0.0', '10.1.255.255', '::ffff:10.1.2.3', '::ffff:0a01:0203', '2001:db8::1', '192.0.2.7'])('%s is in them', (address) => {
    expect(networks.has(address)).toBe(true);
  });
  test.each(['10.2.0.0', '10.0.255.255', '192.0.2.8', '2001:db9::1', '::', '::1', '0.0.0.0', '', 'localhost', '10.1', '10.1.2.3.4', '10.1.2.3 ', '10.1.2.3\0', '167837955'])('%j is not', (address) => {
    expect(networks.has(address)).toBe(false);
  });
  test('none is nobody', () => {
    const nobody = networksOf([]);
    expect(nobody.isEmpty).toBe(true);
    for (const address of ['127.0.0.1', '::1', '0.0.0.0']) expect(nobody.has(address)).toBe(false);
  });

  const wrong = ['10.1.2.3', '10.1.2.3/', '10.1.2.3/33', '::1/129', '10.1.2.3/-1', '10.1.2.3/1e1', '10.1.2.3/8/8', 'localhost/8', '/8', '', '10.1.0.0/ 16', '10.1.2/24'];
  /** Guarantee: a network somebody mistyped is never wider than meant; without its prefix length it would be everybody. */
  test.each(wrong)('%j is not taken for a network', (text) => {
    expect(problemWithCidr(text)).not.toBeNull();
    expect(() => networksOf([text])).toThrow(TypeError);
  });
  test.each(['10.1.0.0/16', '0.0.0.0/0', '::/0', '::1/128', '192.0.2.7/32'])('%j is one', (text) => {
    expect(problemWithCidr(text)).toBeNull();
  });
});
