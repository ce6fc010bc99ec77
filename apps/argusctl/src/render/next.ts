/** After a no: the one command that helps most, with the names that were typed. */
import type { Problem } from '../command.ts';

type Args = Readonly<Record<string, unknown>>;

const REASON = '--reason "…"';
const of = (args: Args, name: string, fallback: string): string => (typeof args[name] === 'string' ? args[name] : fallback);
const agentIn = (args: Args): string => [of(args, 'agent', ''), of(args, 'target', '')].find((word) => word.startsWith('agent_')) ?? 'AGENT';
const tenantIn = (args: Args): string => {
  const target = of(args, 'target', '');
  return of(args, 'tenant', /^[A-Z0-9_]+$/.test(target) ? target : 'TENANT');
};
const toTenant = (words: string) => (args: Args) => `argusctl ${words} ${tenantIn(args)}`;
const always = (words: string) => () => `argusctl ${words}`;
const activateAgain = (args: Args): string => `argusctl agent activate ${agentIn(args)} --tenant ${tenantIn(args)} ${REASON}`;

const NEXT: Readonly<Record<string, (args: Args) => string>> = {
  unauthenticated: always('login'),
  missing_role: always('whoami'),
  ip_not_allowlisted: always('doctor'),
  bad_ops_token: always('doctor'),
  stale_request: always('doctor'),
  unreachable: always('doctor'),
  audit_unavailable: always('status'),
  agent_offline: (args) => `argusctl agent show ${agentIn(args)}`,
  agent_not_found: always('agent ls'),
  tenant_not_found: always('tenant ls'),
  tenant_consent_required: toTenant('tenant consent show'),
  consent_scope_exceeded: toTenant('tenant consent show'),
  tenant_not_armed: (args) => `argusctl tenant arm ${tenantIn(args)} ${REASON}`,
  session_active: (args) => `argusctl support status ${agentIn(args)}`,
  session_not_found: activateAgain,
  session_expired: activateAgain,
  session_mismatch: always('session ls'),
  command_timed_out: always('session ls'),
  path_not_allowlisted: always('support command --help'),
  command_not_allowlisted: always('support command --help'),
  bad_args: always('support command --help'),
  operator_proof_required: (args) => `argusctl agent activate ${agentIn(args)} --tenant ${tenantIn(args)} ${REASON} --operator-key FILE`,
  patch_signature_invalid: () => 'argus-sign inspect PATCH',
  pat_not_found: always('pat ls'),
  alert_not_found: always('audit alerts --all'),
  alert_acknowledged: always('audit alerts --all'),
};

/** Not after a mistake in the typing, nor where the machine refused: that says itself what to do. A session that is over is opened anew, whoever says that it is over. */
export function nextFor(problem: Problem, args: Args): string | null {
  if (problem.kind === 'refused' && problem.refused_by === 'machine' && !problem.code.startsWith('session_')) return null;
  const code = problem.kind === 'refused' || problem.kind === 'local' ? problem.code : problem.kind;
  return Object.hasOwn(NEXT, code) ? (NEXT[code]?.(args) ?? null) : null;
}
