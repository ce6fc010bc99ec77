import { err, ok, type Result } from '@argus/kit/result.ts';
import { deny, denyWith, type Denial } from '@argus/protocol/errors.ts';
import { parseId, type AgentId, type SessionId, type TenantId, type TokenId } from '@argus/protocol/ids.ts';
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
    case 'ladder':
      return ok(null); // the handler climbs its ladder, or checks its code
    case 'scrape':
      return mayScrape() ? ok(null) : err(deny('scrape_refused'));
    case 'credential':
    case 'scope': {
      const who = await principal();
      // The token of a tenant is for the log; here it is nobody's.
      if (!who || isTenantReader(who)) return err(deny('unauthenticated'));
      if (door.kind === 'credential' || who.scopes.includes(door.scope)) return ok(who);
      return err(denyWith('missing_role', { problems: [`the token lacks the scope ${door.scope}`] }));
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

export type Named = { readonly tenant?: TenantId; readonly agent?: AgentId; readonly session?: SessionId; readonly token?: TokenId };

/** Ids in the address. What does not parse, and what is not yours to see, does not exist: one answer. */
export function readNames(named: Readonly<Record<string, string>>, who: Principal | null): Result<Named, Denial> {
  const names: { tenant?: TenantId; agent?: AgentId; session?: SessionId; token?: TokenId } = {};
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
  return ok(names);
}
