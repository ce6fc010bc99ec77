import { parseId, type LoginSecret } from '@argus/protocol/ids.ts';

/**
 * The cookie of a sign-in. Over https it is `__Host-`: this host's alone, every path, never over plain http, out of reach of
 * scripts and of every other page. The demo speaks plain http on loopback, where no browser would keep such a cookie; there
 * it is called what it is, and a server that speaks https does not read it.
 */
export const COOKIE = { secure: '__Host-argus_login', plain: 'argus_login_over_plain_http' } as const;
export type CookieKind = keyof typeof COOKIE;

/** Null: none, none of ours, or several under one name: somebody else put one there. */
export function readLoginCookie(header: string | undefined, kind: CookieKind): LoginSecret | null {
  const values = (header ?? '').split(';').flatMap((part) => {
    const at = part.indexOf('=');
    return at > 0 && part.slice(0, at).trim() === COOKIE[kind] ? [part.slice(at + 1).trim()] : [];
  });
  return values.length === 1 ? parseId('loginSecret', values[0]) : null;
}

/** Under either name, whole or not. */
export const bringsCookie = (header: string | undefined): boolean => Object.values(COOKIE).some((name) => new RegExp(`(^|[;\\s])${name}=`).test(header ?? ''));

export const loginCookie = (kind: CookieKind, secret: LoginSecret | null, maxAgeS: number): string =>
  `${COOKIE[kind]}=${secret ?? ''}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${secret === null ? 0 : maxAgeS}${kind === 'secure' ? '; Secure' : ''}`;

/** As a browser sends it. */
export const loginCookiePair = (kind: CookieKind, secret: LoginSecret): string => `${COOKIE[kind]}=${secret}`;

/** A success with a cookie beside it. Null takes the cookie away, and with it what the browser kept of us. */
export class WithCookie {
  readonly body: unknown;
  readonly secret: LoginSecret | null;
  constructor(body: unknown, secret: LoginSecret | null) {
    this.body = body;
    this.secret = secret;
  }
}
