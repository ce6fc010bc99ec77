import { isIPv6 } from 'node:net';

/**
 * Whom an address stands for when attempts are counted. Who has one IPv6 address has the whole /64 around it, and would
 * otherwise be somebody else with every packet.
 */
export function addressBlock(address: string): string {
  if (!isIPv6(address)) return address;
  const [left = '', right] = address.toLowerCase().replace(/%.*$/, '').split('::');
  const groups = (text: string | undefined) => (text ? text.split(':').flatMap((group) => (group.includes('.') ? ['0', '0'] : [group])) : []);
  const [head, tail] = [groups(left), groups(right)];
  const zeros = right === undefined ? 0 : 8 - head.length - tail.length;
  const prefix = [...head, ...Array.from({ length: zeros }, () => '0'), ...tail].slice(0, 4).map((group) => group.replace(/^0+(?=.)/, ''));
  return `${prefix.join(':')}::/64`;
}
