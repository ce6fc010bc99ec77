import { BlockList, isIP } from 'node:net';

/** Networks as CIDRs, IPv4 and IPv6; an IPv4 address inside IPv6 is the IPv4 address. */
export type Networks = { has(address: string): boolean; readonly isEmpty: boolean };

export function networksOf(cidrs: readonly string[]): Networks {
  const list = new BlockList();
  for (const cidr of cidrs) {
    // Without its prefix length an address would count as everybody's.
    const problem = problemWithCidr(cidr);
    if (problem !== null) throw new TypeError(problem);
    const [address = '', bits = ''] = cidr.split('/');
    list.addSubnet(address, Number(bits), isIP(address) === 6 ? 'ipv6' : 'ipv4');
  }
  return {
    isEmpty: cidrs.length === 0,
    has(address) {
      const plain = unmapped(address);
      const family = isIP(plain);
      return family !== 0 && list.check(plain, family === 6 ? 'ipv6' : 'ipv4');
    },
  };
}

/** Null when it is one; otherwise what is wrong with it. */
export function problemWithCidr(text: string): string | null {
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return `${JSON.stringify(text)} is not an address or CIDR`;
  if (bits === undefined) return `${JSON.stringify(text)} lacks its prefix length, for example ${address}/${family === 6 ? 128 : 32}`;
  return /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 6 ? 128 : 32) ? null : `${JSON.stringify(text)} has no valid prefix length`;
}

/**
 * Where a request comes from. X-Forwarded-For is read only when the socket is a trusted proxy's, from the right,
 * past further trusted proxies, to the first address that somebody we trust has seen.
 */
export function clientAddress(socketAddress: string, forwardedFor: string | undefined, trusted: Networks): string {
  let address = unmapped(socketAddress);
  if (forwardedFor === undefined) return address;
  const hops = forwardedFor.split(',').map((hop) => hop.trim());
  while (trusted.has(address)) {
    const next = unmapped(hops.pop() ?? '');
    if (isIP(next) === 0) return address; // nothing more, or nothing readable: the last we know
    address = next;
  }
  return address;
}

const unmapped = (address: string): string => {
  const bare = address.replace(/%.*$/, ''); // a zone is ours, not the caller's
  return bare.toLowerCase().startsWith('::ffff:') && isIP(bare.slice(7)) === 4 ? bare.slice(7) : bare;
};
