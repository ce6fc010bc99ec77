/** Why nothing can be sent in this session, or not this command; null: it can. It explains; the server and the machine decide. */
import { OUTSIDE, outsideScope, type ConsentScope } from '@argus/protocol/consent-scope.ts';
import type { SessionView } from '@argus/protocol/http/shapes.ts';
import type { Who } from '../api/who.tsx';
import { whyNot } from '../can.ts';
import { endWords } from '../words.ts';
import type { Contract } from './form-of.ts';

type Here = { readonly session: SessionView; readonly who: Who; readonly now: number };

export function actBlock({ session, who, now }: Here): string | null {
  if (session.state === 'ended') return `The session is over: ${endWords(session.ended_by)}.`;
  if (session.state === 'activating') return 'The machine has not said yet that it is awake.';
  if (now >= Date.parse(session.expires_at)) return 'The time of the session is up.';
  return watchBlock({ session, who }) ?? whyNot(who, 'remote_support');
}

/** One session, one credential: everybody else watches. */
function watchBlock({ session, who }: Omit<Here, 'now'>): string | null {
  if (session.yours) return null;
  return session.operator === who.user.email
    ? 'You opened this session with another sign-in or with argusctl. It is used where it was opened; here you watch.'
    : `${session.operator} opened this session, and nobody else acts in it. You watch.`;
}

/** `args`: as far as they are typed. */
export function consentBlock(scope: ConsentScope | null, contract: Contract, { session, now, args }: Pick<Here, 'session' | 'now'> & { readonly args: Readonly<Record<string, unknown>> }): string | null {
  const names = 'names' in contract ? contract.names : undefined;
  const isNamed = names === undefined || args[names] !== undefined;
  const outside = outsideScope(scope, { agent: session.agent_id, at: now, command: { name: contract.name, names: isNamed ? names : undefined, args } });
  return outside === null ? null : `The tenant did not consent to this: ${OUTSIDE[outside]}.`;
}
