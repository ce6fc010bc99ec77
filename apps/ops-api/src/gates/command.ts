import type { Gate } from '@argus/kit/gate.ts';
import type { Result } from '@argus/kit/result.ts';
import { contractFor, type Call } from '@argus/protocol/commands/index.ts';
import type { Use } from '@argus/protocol/consent-scope.ts';
import { deny, denyWith, type Denial } from '@argus/protocol/errors.ts';
import type { RunCommand } from '@argus/protocol/http/shapes.ts';
import { maySee } from '../people/principal.ts';
import type { SessionInContext } from '../ports.ts';
import { isLive } from '../sessions/session.ts';
import { consentProblem, isArmed, outsideConsent } from '../tenants/tenant.ts';
import { credentialWith, enabled, identity, networkOrAccess, type FactorFacts } from './factors.ts';

export type CommandFacts = Omit<FactorFacts, 'opsTokenMatches'> & {
  readonly session: () => Promise<SessionInContext | null>; // and its tenant, read fresh, every time
  readonly sessionProblem?: string | undefined; // what is wrong with its header, by the look of it alone
  readonly tenantNamed: string; // in the address
  readonly now: number;
  readonly request: () => Result<RunCommand, Denial>;
  readonly call: () => Result<Call, Denial>;
};

/** The first rungs are climbed before the body is read: who has no session gets to send no megabytes. */
export const COMMAND_RUNGS_BEFORE_BODY = 6;
/** What may change while a body arrives is asked again once it is there: all but so many. */
export const COMMAND_RUNGS_ASKED_ONCE = 4;

export const commandLadder: readonly Gate<CommandFacts, Denial>[] = [
  networkOrAccess,
  credentialWith('remote_support'),
  identity,
  enabled,
  {
    name: 'session',
    check: async (f) => {
      const found = await f.session();
      const principal = await f.principal();
      if (!found || found.session.state === 'activating' || !principal || !maySee(principal, found.session.tenant))
        return f.sessionProblem === undefined ? deny('session_not_found') : denyWith('session_not_found', { problems: [f.sessionProblem] });
      return isLive(found.session, f.now) ? null : deny('session_expired');
    },
  },
  {
    name: 'operator',
    check: async (f) => {
      const [found, principal] = [await f.session(), await f.principal()];
      const isTheirs = found?.session.operator === principal?.operator && found?.session.tokenId === principal?.tokenId;
      return found && isTheirs ? null : deny('session_mismatch', 'another operator or another login');
    },
  },
  { name: 'request', check: (f) => refusalOf(f.request()) },
  {
    name: 'bound',
    check: async (f) => {
      const [session, request] = [(await f.session())?.session, f.request()];
      const namesAgent = request.ok ? (request.value.agent_id ?? session?.agent) : undefined;
      return session && session.tenant === f.tenantNamed && session.agent === namesAgent ? null : deny('session_mismatch');
    },
  },
  {
    name: 'consent',
    check: async (f) => {
      const tenant = (await f.session())?.tenant;
      if (!tenant) return deny('tenant_consent_required');
      const problem = consentProblem(tenant, f.now);
      return problem === null ? null : denyWith('tenant_consent_required', { problems: [problem] });
    },
  },
  {
    name: 'armed',
    check: async (f) => {
      const tenant = (await f.session())?.tenant;
      return tenant && isArmed(tenant, f.now) ? null : deny('tenant_not_armed');
    },
  },
  { name: 'known', check: (f) => refusalOf(f.call(), 'command_not_allowlisted') },
  {
    name: 'covered',
    check: async (f) => {
      const [found, request] = [await f.session(), f.request()];
      if (!found?.tenant.consent || !request.ok) return deny('consent_scope_exceeded');
      const outside = outsideConsent(found.tenant.consent, { agent: found.session.agent, at: f.now, command: commandOf(request.value.command, f.call()) });
      return outside ? denyWith('consent_scope_exceeded', { problems: [outside] }) : null;
    },
  },
  { name: 'args', check: (f) => refusalOf(f.call()) },
];

/** Arguments that do not fit name no camera; the gate after this one refuses them. */
function commandOf(name: string, call: Result<Call, Denial>): NonNullable<Use['command']> {
  const names = call.ok ? contractFor(name)?.names : undefined;
  return { name, names, args: call.ok ? call.value.args : {} };
}

/** With a code: only a refusal of that kind is this gate's business. */
const refusalOf = (result: Result<unknown, Denial>, code?: Denial['code']): Denial | null =>
  result.ok || (code !== undefined && result.error.code !== code) ? null : result.error;
