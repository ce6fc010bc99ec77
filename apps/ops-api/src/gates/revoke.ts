import type { Gate } from '@argus/kit/gate.ts';
import type { Result } from '@argus/kit/result.ts';
import type { Denial } from '@argus/protocol/errors.ts';
import type { RevokeAgent } from '@argus/protocol/http/shapes.ts';
import { credentialWith, enabled, network, opsToken, type FactorFacts } from './factors.ts';
import { stepUp, type StepUpFacts } from '../people/step-up.ts';
import { agent, fresh, nonce, request, type RequestFacts } from './request.ts';

export type RevokeFacts = FactorFacts & Omit<RequestFacts, 'request'> & StepUpFacts & { readonly request: () => Result<RevokeAgent, Denial> };

/** The first rungs are climbed before the body is read, as in activation. */
export const REVOKE_RUNGS_BEFORE_BODY = 4;

/**
 * All three factors, and nothing about the tenant or the line: a machine that was stolen is offline, and its owner may
 * have withdrawn everything. What closes must not wait for what opens.
 */
export const revokeLadder: readonly Gate<RevokeFacts, Denial>[] = [
  network,
  opsToken,
  credentialWith('remote_support'),
  enabled,
  request,
  fresh,
  stepUp,
  agent,
  nonce,
];
