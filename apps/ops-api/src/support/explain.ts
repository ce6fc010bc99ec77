/**
 * Why a session would open or not. The door and the ladder of activation, minus its effects: no nonce is burned, nothing is
 * written but that somebody asked, and no machine hears of it. Up to the identity it refuses as activation does; from there
 * it goes on behind a gate that would refuse, as far as this credential may see.
 */
import type { Clock } from '@argus/kit/clock.ts';
import { climb } from '@argus/kit/gate.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { deny, type Denial } from '@argus/protocol/errors.ts';
import type { Explained, ExplainActivation } from '@argus/protocol/http/explain.ts';
import { NOT_READ, UNAUTHENTICATED, type Attempt } from '../audit/attempt.ts';
import { activationLadder, type ActivationFacts } from '../gates/activation.ts';
import { ACTIVATION_NEEDS, survey } from '../gates/survey.ts';
import type { NonceStore } from '../ports.ts';
import { accessTrace } from './access-trace.ts';
import type { makeActivate } from './activate.ts';
import type { Caller } from './caller.ts';
import { ACTIVATION_WORDS } from './explain-words.ts';
import { explainedOf, firstRefusal, inWords, passedInARow } from './explained.ts';
import { recordRefusal, type RefusalDeps } from './refusal.ts';

export type ExplainDeps = RefusalDeps & {
  readonly clock: Clock;
  readonly nonces: Pick<NonceStore, 'isBurned'>;
  readonly activation: Pick<ReturnType<typeof makeActivate>, 'gather'>;
};
export type ExplainEntered = { readonly passed: readonly string[] };

/** Network, ops token, credential and identity: nobody learns here what activation would not tell. */
const REFUSED_BEFORE = activationLadder.findIndex(({ name }) => name === 'enabled');
const BEYOND =
  'The machine decides for itself when it is woken, and was not: whether its owner has switched remote support off there, whether a consent key is pinned on it that the receipt is not signed with, whether the receipt was revoked on it, whether it finds the entry in its log and can raise its indicator.';

export function makeExplain(deps: ExplainDeps) {
  /** The facts of activation, with those that change something left out, or replaced by a look. */
  function gather(caller: Caller, request: Result<ExplainActivation, Denial>): ActivationFacts {
    const agent = request.ok ? request.value.agent : '';
    return {
      ...deps.activation.gather(caller, agent, () => request),
      assertedFor: undefined, // a touch counts once, and for the act itself
      burnNonce: async () => request.ok && !(await deps.nonces.isBurned('activation', request.value.nonce)),
    };
  }

  async function attemptOf(caller: Caller, facts: ActivationFacts, passed: readonly string[]): Promise<Attempt> {
    const agent = passed.includes('agent') ? await facts.agent() : null;
    const principal = passed.includes('credential') ? await facts.principal() : null;
    const body = principal ? facts.request() : null;
    return {
      at: deps.clock.now(),
      type: 'activation_explained',
      phase: 'fact',
      tenant: agent?.tenant ?? null,
      ...(agent && { agent: agent.id }),
      operator: principal?.operator ?? UNAUTHENTICATED,
      ip: caller.ip,
      by: 'operator',
      reason: body?.ok ? body.value.reason : NOT_READ,
      ...(caller.access && (await accessTrace(caller.access))),
    };
  }

  async function refuse(caller: Caller, facts: ActivationFacts, { denial, passed }: { denial: Denial; passed: readonly string[] }) {
    await recordRefusal(deps, { ...(await attemptOf(caller, facts, passed)), gatesPassed: passed, outcome: 'refused', code: denial.code });
    return err(denial);
  }

  /** The rungs before the body is read. */
  async function enter(caller: Caller): Promise<Result<ExplainEntered, Denial>> {
    const facts = gather(caller, err(deny('bad_request', 'not read yet')));
    const { passed, denial } = await climb(activationLadder.slice(0, REFUSED_BEFORE), facts);
    return denial ? refuse(caller, facts, { denial, passed }) : ok({ passed });
  }

  async function explain(caller: Caller, { entered, request }: { entered: ExplainEntered; request: Result<ExplainActivation, Denial> }): Promise<Result<Explained, Denial>> {
    const facts = gather(caller, request);
    // What is no JSON, or comes by another method, is no question.
    if (!request.ok && request.error.code !== 'bad_request') return refuse(caller, facts, { denial: request.error, passed: entered.passed });
    // A body takes its time: who asks has to be somebody still.
    const still = await climb(activationLadder.slice(0, REFUSED_BEFORE), facts);
    if (still.denial) return refuse(caller, facts, { denial: still.denial, passed: still.passed });

    const looked = await survey(activationLadder.slice(REFUSED_BEFORE), facts, { needs: ACTIVATION_NEEDS, passed: entered.passed });
    const seen = [...entered.passed.map((gate) => ({ gate, state: 'passed' }) as const), ...looked];
    const isVisible = seen.some(({ gate, state }) => gate === 'agent' && state === 'passed');
    const agent = isVisible ? await facts.agent() : null;
    const gates = await inWords(seen, facts, ACTIVATION_WORDS);
    const attempt = await attemptOf(caller, facts, [...entered.passed, ...(isVisible ? ['agent'] : [])]);
    const would = firstRefusal(seen)?.code ?? 'pass';
    const written = await deps.ledger.append({ ...attempt, gatesPassed: passedInARow(seen), outcome: 'ok', args: { ...attempt.args, would } });
    if (!written.ok) return written;
    return ok(explainedOf(seen, gates, { at: facts.now, tenant_id: agent?.tenant ?? null, agent_id: agent?.id ?? null, beyond: BEYOND }));
  }

  return { enter, explain };
}
