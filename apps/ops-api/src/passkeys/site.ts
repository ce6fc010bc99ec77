/**
 * The site a passkey is made for, and the pages it may be used on. It follows from where people reach this server, and from
 * no header of anybody. Browsers take a name for a site and no address, so on loopback it is localhost.
 */
export type Site = { readonly rpId: string; readonly origins: readonly string[] };

/** Null: people reach it by an address, and no browser makes passkeys there. */
export function siteOf({ publicUrl, port, isTls }: { readonly publicUrl: string | undefined; readonly port: number; readonly isTls: boolean }): Site | null {
  if (publicUrl === undefined) return { rpId: 'localhost', origins: [originOf(`${isTls ? 'https' : 'http'}://localhost:${port}`)] };
  const { hostname } = new URL(publicUrl);
  const isName = /[a-z]/i.test(hostname.slice(hostname.lastIndexOf('.') + 1)) && !hostname.startsWith('[');
  return isName ? { rpId: hostname, origins: [originOf(publicUrl)] } : null;
}

/** The address people are given: on loopback the name, so that what they open there can use a passkey. */
export function namedOrigin(origin: string): string {
  const address = new URL(origin);
  if (['127.0.0.1', '[::1]'].includes(address.hostname)) address.hostname = 'localhost';
  return address.origin;
}

/** As a browser writes it: without a port that goes without saying. */
const originOf = (url: string): string => new URL(url).origin;
