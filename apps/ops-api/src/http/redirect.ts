/** A success that leads a browser on, with the cookies it keeps meanwhile. */
import type { LoginSecret } from '@argus/protocol/ids.ts';
import type { FastifyReply } from 'fastify';
import { loginCookie, type CookieKind } from './cookie.ts';

/** Of an attempt at the identity provider. `Lax`, because the way back begins on a page of theirs; it signs nobody in. */
const ATTEMPT = { secure: '__Host-argus_attempt', plain: 'argus_attempt_over_plain_http' } as const;

export class Redirect {
  readonly to: string;
  readonly attempt: { readonly value: string; readonly maxAgeS: number } | null; // null: it is over
  readonly secret: LoginSecret | undefined; //                                     of the sign-in that came of it
  constructor(to: string, attempt: Redirect['attempt'], secret?: LoginSecret) {
    [this.to, this.attempt, this.secret] = [to, attempt, secret];
  }
}

/** Undefined: none, or several under one name. */
export function readAttemptCookie(header: string | undefined, kind: CookieKind): string | undefined {
  const values = (header ?? '').split(';').flatMap((part) => {
    const at = part.indexOf('=');
    return at > 0 && part.slice(0, at).trim() === ATTEMPT[kind] ? [part.slice(at + 1).trim()] : [];
  });
  return values.length === 1 ? values[0] : undefined;
}

export function sendRedirect(reply: FastifyReply, { to, attempt, secret }: Redirect, { kind, maxAgeS }: { readonly kind: CookieKind; readonly maxAgeS: number }): FastifyReply {
  const secure = kind === 'secure' ? '; Secure' : '';
  const cookies = [`${ATTEMPT[kind]}=${attempt?.value ?? ''}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${attempt?.maxAgeS ?? 0}${secure}`];
  if (secret !== undefined) cookies.push(loginCookie(kind, secret, maxAgeS));
  // The address of the page we come from may hold a code; it is told to nobody.
  return reply.headers({ 'set-cookie': cookies, 'referrer-policy': 'no-referrer', location: to }).type('text/plain; charset=utf-8').code(302).send('');
}
