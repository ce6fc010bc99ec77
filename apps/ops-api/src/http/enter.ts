import { err, ok, type Result } from '@argus/kit/result.ts';
import { deny, denyWith, type Denial } from '@argus/protocol/errors.ts';
import { parseId, type AgentId, type LoginId, type SessionId, type TenantId, type TokenId, type UserId } from '@argus/protocol/ids.ts';
import { isTenantReader, maySee, ownLogOf, type Principal } from '../people/principal.ts';
import type { Door } from './routes.ts';

/** `principal` is a function: an open door and a ladder never look at the credential here. */
export async function enter(
  door: Door,
  principal: () => Promise<Principal | null>,
  mayScrape: () => boolean = () => false,
): Promise<Result<Principal | null, Denial>> {
  switch (door.kind) {
    case 'open':
    case 'code':
    case 'sign_in':
    case 'ladder':
      return ok(null); // the handler climbs its ladder, or checks its code
    case 'scrape':
      return mayScrape() ? ok(null) : err(deny('scrape_refused'));
    case 'credential':
    case 'token':
    case 'scope': {
      const who = await principal();
      // The token of a tenant is for the log; here it is nobody's.
      if (!who || isTenantReader(who)) return err(deny('unauthenticated'));
      if (door.kind === 'token') return who.login ? err(denyWith('missing_role', { problems: ['this is for programs: send a personal access token, and no cookie'] })) : ok(who);
      if (door.kind === 'credential' || who.scopes.includes(door.scope) || (door.orLogin === true && who.login)) return ok(who);
      return err(denyWith('missing_role', { problems: [`the token lacks the scope ${door.scope}`] }));
    }
    case 'login':
    case 'role': {
      const who = await principal();
      if (!who || isTenantReader(who)) return err(deny('unauthenticated'));
      if (who.login && (door.kind === 'login' || door.roles.includes(who.login.role))) return ok(who);
      return err(denyWith('missing_role', { problems: [door.kind === 'login' ? 'this is for people who are signed in' : `this is for people who are signed in as ${door.roles.join(' or ')}`] }));
    }
    case 'log': {
      const who = await principal();
      if (!who || (isTenantReader(who) && ownLogOf(who) === null)) return err(deny('unauthenticated'));
      if (isTenantReader(who) || door.scopes.some((scope) => who.scopes.includes(scope))) return ok(who);
      return err(denyWith('missing_role', { problems: [`the token lacks the scope ${door.scopes.join(' or ')}`] }));
    }
    default:
      return door satisfies never;
  }
}

export type Named = { readonly tenant?: TenantId; readonly agent?: AgentId; readonly session?: SessionId; readonly token?: TokenId; readonly user?: UserId; readonly login?: LoginId };

/** Ids in the address. What does not parse, and what is not yours to see, does not exist: one answer. */
export function readNames(named: Readonly<Record<string, string>>, who: Principal | null): Result<Named, Denial> {
  const names: { tenant?: TenantId; agent?: AgentId; session?: SessionId; token?: TokenId; user?: UserId; login?: LoginId } = {};
  if (named['tenant'] !== undefined) {
    const tenant = parseId('tenant', named['tenant']);
    if (!tenant || (who && !maySee(who, tenant))) return err(deny('tenant_not_found'));
    names.tenant = tenant;
  }
  if (named['agent'] !== undefined) {
    const agent = parseId('agent', named['agent']);
    if (!agent) return err(deny('agent_not_found'));
    names.agent = agent;
  }
  if (named['session'] !== undefined) {
    const session = parseId('session', named['session']);
    if (!session) return err(deny('session_not_found'));
    names.session = session;
  }
  if (named['token'] !== undefined) {
    const token = parseId('token', named['token']);
    if (!token) return err(deny('pat_not_found'));
    names.token = token;
  }
  if (named['user'] !== undefined) {
    const user = parseId('user', named['user']);
    if (!user) return err(deny('user_not_found'));
    names.user = user;
  }
  if (named['login'] !== undefined) {
    const login = parseId('login', named['login']);
    if (!login) return err(deny('login_not_found'));
    names.login = login;
  }
  return ok(names);
}
