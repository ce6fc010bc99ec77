/**
 * How a mail server is spoken to: in plain text with our own machine only. Anywhere else TLS comes first and its
 * certificate is checked, before a password or a word of a mail leaves; no setting changes that.
 */
import { isIP } from 'node:net';

export type SmtpPlan = {
  readonly host: string;
  readonly port: number;
  readonly tls: 'from_the_start' | 'starttls' | 'none';
  readonly login: { readonly user: string; readonly password: string } | null;
};

/** By address, and not by what a name looks like: 127.example.org is anywhere. */
const isThisMachine = (host: string): boolean => host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));

/** Null: not an address of a mail server. */
export function planSmtp(text: string): SmtpPlan | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !/^smtps?:$/.test(url.protocol) || url.hostname === '' || url.search !== '' || url.hash !== '' || !/^\/?$/.test(url.pathname)) return null;
  const named = decoded(url.hostname)?.replace(/^\[|\]$/g, '').toLowerCase();
  const [user, password] = [decoded(url.username), decoded(url.password)];
  if (!named || !/^[a-z0-9.:_-]+$/.test(named) || user === null || password === null || (user === '') !== (password === '')) return null;
  const isSecure = url.protocol === 'smtps:';
  return {
    host: named === 'localhost' ? '127.0.0.1' : named, // asked of nobody's DNS
    port: url.port === '' ? (isSecure ? 465 : 587) : Number(url.port),
    tls: isSecure ? 'from_the_start' : isThisMachine(named) ? 'none' : 'starttls',
    login: user === '' ? null : { user, password },
  };
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
