/**
 * One command, from "an operator asked" to "the outcome is in the log".
 * Gather, decide, record the intent, act, record the outcome; nothing is answered that is not written.
 */
import { toBase64, toHex } from '@argus/kit/bytes.ts';
import type { Clock } from '@argus/kit/clock.ts';
import { climb } from '@argus/kit/gate.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { sha256 } from '@argus/keys/hash.ts';
import type { Random } from '@argus/keys/random.ts';
import type { SecretHash } from '@argus/keys/secrets.ts';
import { commitArgs } from '@argus/protocol/args-commit.ts';
import { contractFor, parseCall, type Call } from '@argus/protocol/commands/index.ts';
import { deny, type Denial } from '@argus/protocol/errors.ts';
import type { CommandRan, RunCommand } from '@argus/protocol/http/shapes.ts';
import { newRequestId, parseId, type InstanceId, type RequestId, type AgentId } from '@argus/protocol/ids.ts';
import type { AgentReply } from '../agents/reply.ts';
import type { Switchboard } from '../agents/switchboard.ts';
import { NOT_READ, UNAUTHENTICATED, type AnswerEvidence, type Attempt } from '../audit/attempt.ts';
import { COMMAND_RUNGS_ASKED_ONCE, COMMAND_RUNGS_BEFORE_BODY, commandLadder, type CommandFacts } from '../gates/command.ts';
import type { Receipt } from '../ledger/lane.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { ahead, LOOK_YOUNG_MS, once } from '../people/once.ts';
import type { Deed, Log, RequestStore, SessionInContext, SessionStore, TenantStore } from '../ports.ts';
import type { Custody } from '../sessions/custody.ts';
import { isLive, type Session } from '../sessions/session.ts';
import type { Consent } from '../tenants/tenant.ts';
import { readAnswer } from './answer.ts';
import { accessTrace } from './access-trace.ts';
import type { Caller } from './caller.ts';
import { keepDeed, toKeep, type ToKeep } from './keep.ts';
import { recordRefusal, type RefusalDeps } from './refusal.ts';
import { createRepeats, isSame } from './repeat.ts';

export type CommandDeps = {
  readonly clock: Clock;
  readonly random: Random;
  readonly secretHash: SecretHash;
  readonly instance: InstanceId;
  readonly ledger: Pick<Ledger, 'append'>;
  readonly sessions: Pick<SessionStore, 'bySecretHash' | 'openOfToken'>;
  readonly tenants: Pick<TenantStore, 'byId'>;
  readonly requests: RequestStore;
  readonly lines: Pick<Switchboard, 'line'>;
  readonly custody: Pick<Custody, 'isLive'>;
  readonly enabled: boolean;
  /** Of results, for one tenant, in bytes. Absent: a gibibyte. 0: nothing is kept. */
  readonly keptBytesMax?: number | undefined;
  readonly log: Log;
  readonly floods?: RefusalDeps['floods'];
};

export type CommandEntered = {
  readonly facts: CommandFacts;
  readonly passed: readonly string[];
  readonly session: CommandFacts['session'];
  /** No session token came: a person is asked which of their own it is. */
  readonly isBound: boolean;
};
type Asked = { readonly session: Session; readonly keep: Consent['keepResults']; readonly call: Call; readonly attempt: IntentAttempt; readonly salt: Uint8Array };
type IntentAttempt = Attempt & Required<Pick<Attempt, 'args' | 'salt' | 'gatesPassed' | 'requestId'>>;

/** Some hundred pictures, or a million short answers. */
export const KEPT_RESULTS_BYTES = 1_024 * 1_048_576;

export function makeCommand(deps: CommandDeps) {
  const repeats = createRepeats(deps);

  function gather(caller: Caller, { tenantNamed, sessionProblem }: Pick<CommandFacts, 'tenantNamed' | 'sessionProblem'>, session: CommandFacts['session']): CommandFacts {
    return {
      fromOperatorNetwork: caller.fromOperatorNetwork,
      access: caller.access,
      principal: caller.principal,
      pageProblem: caller.pageProblem,
      enabled: deps.enabled,
      session,
      sessionProblem,
      tenantNamed,
      now: deps.clock.now(),
      request: () => err(deny('bad_request', 'not read yet')),
      call: () => err(deny('bad_request', 'not read yet')),
    };
  }

  async function refuse(caller: Caller, facts: CommandFacts, { denial, passed }: { denial: Denial; passed: readonly string[] }) {
    const session = passed.includes('session') ? (await facts.session())?.session : undefined;
    const principal = passed.includes('credential') ? await facts.principal() : null;
    const request = facts.request();
    await recordRefusal(deps, {
      at: deps.clock.now(),
      type: 'remote_support_command',
      phase: 'fact',
      tenant: session?.tenant ?? null,
      ...(session && { agent: session.agent, session: session.id }),
      operator: principal?.operator ?? UNAUTHENTICATED,
      ip: caller.ip,
      by: 'operator',
      reason: session?.reason ?? NOT_READ,
      gatesPassed: passed,
      // A name nobody wrote a contract for is the caller's own text, and stays out of the record.
      ...(request.ok && contractFor(request.value.command) && { command: request.value.command }),
      outcome: 'refused',
      code: denial.code,
      ...(caller.access && (await accessTrace(caller.access))),
    });
    return err(denial);
  }

  function sessionNamed(text: string | undefined) {
    const token = parseId('sessionToken', text);
    const session = ahead(async () => token && deps.sessions.bySecretHash(deps.secretHash('session_token', token)), { clock: deps.clock, youngMs: LOOK_YOUNG_MS });
    const sessionProblem = token ? undefined : text === undefined ? 'the header X-Argus-Session is missing' : 'the header X-Argus-Session holds no session token';
    return { session, sessionProblem };
  }

  /** The rungs before the body is read. */
  async function enter(caller: Caller, names: { tenantNamed: string; sessionToken: string | undefined }): Promise<Result<CommandEntered, Denial>> {
    const { session, sessionProblem } = sessionNamed(names.sessionToken);
    const facts = gather(caller, { tenantNamed: names.tenantNamed, sessionProblem }, session.look);
    if (facts.fromOperatorNetwork) session.begin(); // beside the look at the credential, and for nobody from outside
    const isBound = names.sessionToken === undefined;
    const early: CommandFacts = isBound ? { ...facts, session: () => boundTo(facts, 'any') } : facts;
    const first = await climb(commandLadder.slice(0, COMMAND_RUNGS_ASKED_ONCE), early);
    const refusal = first.denial ?? (caller.hasSecretInQuery === true ? deny('bad_ops_token', 'a secret stands in the address') : null);
    if (refusal) return refuse(caller, early, { denial: refusal, passed: first.passed });
    const { denial, passed } = await climb(commandLadder.slice(COMMAND_RUNGS_ASKED_ONCE, COMMAND_RUNGS_BEFORE_BODY), early, first.passed);
    return denial ? refuse(caller, early, { denial, passed }) : ok({ facts, passed, session: session.look, isBound });
  }

  /** A session opened by a person is bound to that sign-in: their own live one here. Before the body names an agent, any of them will do. */
  async function boundTo({ principal, tenantNamed, now }: CommandFacts, agent: AgentId | 'any' | undefined): Promise<SessionInContext | null> {
    const who = await principal();
    if (!who?.login) return null;
    const isMeant = (s: Session) => isLive(s, now) && s.tenant === tenantNamed && (agent === undefined || agent === 'any' || s.agent === agent);
    const [session, ...more] = (await deps.sessions.openOfToken(who.tokenId)).filter(isMeant);
    const tenant = session && (more.length === 0 || agent === 'any') ? await deps.tenants.byId(session.tenant) : null;
    return session && tenant ? { session, tenant } : null;
  }

  async function command(
    caller: Caller,
    { entered, request }: { entered: CommandEntered; request: Result<RunCommand, Denial> },
  ): Promise<Result<CommandRan, Denial>> {
    // 1. gather
    const call = request.ok ? parseCall(request.value.command, request.value.args) : request;
    // The body took its time to arrive: the clock, the session and its tenant count as they are now.
    const look = entered.isBound ? () => boundTo(entered.facts, request.ok ? request.value.agent_id : undefined) : entered.session;
    const facts: CommandFacts = { ...entered.facts, session: once(look), now: deps.clock.now(), request: () => request, call: () => call };

    // 2. decide
    const { passed, denial } = await climb(commandLadder.slice(COMMAND_RUNGS_ASKED_ONCE), facts, entered.passed.slice(0, COMMAND_RUNGS_ASKED_ONCE));
    const { session, tenant } = (await facts.session()) ?? {};
    if (denial || !session || !request.ok || !call.ok)
      return refuse(caller, facts, { denial: denial ?? deny('internal', 'the ladder let nothing through'), passed });

    // 3. record the intent: if we die from here on, the log says we asked
    const { request_id } = request.value;
    const via = caller.access ? await accessTrace(caller.access) : {};
    const asked = ask(caller, { session, keep: tenant?.consent?.keepResults, call: call.value, passed, requestId: request_id, via });
    if (request_id !== undefined && repeats.here(session.agent, request_id)) return again(caller, facts, asked);
    const intent = await deps.ledger.append(asked.attempt, [{ do: 'need_standing', session: session.id }]);
    if (!intent.ok) {
      if (intent.error.code === 'request_id_reused') return again(caller, facts, asked);
      return intent.error.code === 'audit_unavailable' ? intent : refuse(caller, facts, { denial: intent.error, passed });
    }
    const { requestId, args, salt } = asked.attempt;
    const under = { agent: session.agent, request: requestId, isNamed: request_id !== undefined, session: session.id, command: call.value.name, args, salt };
    return repeats.carry(under, (weigh) => carryOut(asked, intent.value, weigh));
  }

  async function carryOut({ session, keep, call, attempt, salt }: Asked, intent: Receipt, weigh: (characters: number) => void): Promise<Result<CommandRan, Denial>> {
    const { requestId } = attempt;
    const intentSha256 = toHex(intent.leafHash);

    // 4. act, unless the session ended while we wrote
    const isLive = () => deps.custody.isLive(session.id);
    const line = isLive() ? deps.lines.line(session.agent) : null;
    const reply: Result<AgentReply, Denial> = line
      ? await line.command(
          {
            session: session.id,
            requestId,
            command: call.name,
            args: call.args,
            salt: Object.keys(call.args).length > 0 ? toBase64(salt) : undefined,
            receipt: intent,
          },
          contractFor(call.name)?.timeoutMs ?? 0,
        )
      : err(isLive() ? deny('agent_lost', 'the line was gone before the command left') : deny('session_expired', 'ended before the command left'));
    const askedFor = { instance: deps.instance, session, requestId, command: call.name, intentSha256 };
    const read = reply.ok ? readAnswer({ ...askedFor, publicKey: line?.identity.publicKey ?? '' }, reply.value) : reply;
    const tooLate = err(deny('session_expired', 'ended while the command ran; its result is withheld'));
    let answer = read.ok && !isLive() ? tooLate : read;
    if (answer.ok && reply.ok) weigh(reply.value.text.length);

    // 5. record the outcome; a result is given out only if the log has nothing by then that ended the session
    const bytesMax = deps.keptBytesMax ?? KEPT_RESULTS_BYTES;
    const kept = answer.ok && reply.ok ? toKeep({ ...askedFor, publicKey: line?.identity.publicKey ?? '' }, reply.value, { keep, bytesMax, log: deps.log }) : null;
    const record = (needs: readonly Deed[], keeping: ToKeep | null = null) => {
      const at = deps.clock.now();
      return deps.ledger.append(outcomeOf(attempt, { reply, read, answer, intentSha256, at, kept: keeping }), [...needs, ...(keeping ? [keepDeed(askedFor, keeping, { at, bytesMax })] : [])]);
    };
    const needs: readonly Deed[] = answer.ok ? [{ do: 'need_standing', session: session.id }] : [];
    let outcome = await record(needs, kept);
    if (kept && !outcome.ok && outcome.error.code !== 'session_expired' && outcome.error.code !== 'audit_unavailable') {
      // There is no room for it, or it does not fit: then it is not kept, and the outcome does not say that it is.
      deps.log('warn', 'result_not_kept', { agent: session.agent, request: requestId, why: outcome.error.internal ?? outcome.error.code });
      outcome = await record(needs);
    }
    if (answer.ok && !outcome.ok && outcome.error.code === 'session_expired') {
      answer = tooLate;
      outcome = await record([]);
    }
    if (!outcome.ok) return err(deny('outcome_unrecorded', outcome.error.internal));
    if (!answer.ok) return answer;
    return ok({
      request_id: requestId,
      result: answer.value.result,
      receipt: {
        leaf_index: intent.seq,
        outcome_index: outcome.value.seq,
        checkpoint: outcome.value.checkpoint,
        agent_signature: answer.value.signature,
      },
    });
  }

  /** The id was used before. Nothing is done, and nothing is written unless it is refused. */
  async function again(caller: Caller, facts: CommandFacts, { session, call, attempt }: Asked): Promise<Result<CommandRan, Denial>> {
    const { requestId, gatesPassed } = attempt;
    const here = () => repeats.here(session.agent, requestId);
    const looked = here() ? ok(null) : await repeats.recorded(session.agent, requestId);
    if (!looked.ok) return looked;
    const earlier = here() ?? looked.value; // it may have begun while we looked
    if (!earlier || !isSame(earlier, { session: session.id, call })) return refuse(caller, facts, { denial: deny('request_id_reused'), passed: gatesPassed });
    const answer = await earlier.answer();
    return answer.ok && !deps.custody.isLive(session.id) ? err(deny('session_expired', 'ended before its result was asked for again')) : answer;
  }

  function ask(
    caller: Caller,
    { session, keep, call, passed, requestId, via }: { session: Session; keep: Asked['keep']; call: Call; passed: readonly string[]; requestId: RequestId | undefined; via: Pick<Attempt, 'accessIdentity'> },
  ): Asked {
    const salt = deps.random(16);
    const contract = contractFor(call.name);
    const args = contract ? commitArgs(contract.args, call.args, { salt, sha256 }) : {};
    const attempt = {
      at: deps.clock.now(),
      type: 'remote_support_command',
      phase: 'intent',
      tenant: session.tenant,
      agent: session.agent,
      session: session.id,
      operator: session.operator,
      ip: caller.ip,
      by: 'operator',
      reason: session.reason,
      gatesPassed: passed,
      requestId: requestId ?? newRequestId(deps.random),
      command: call.name,
      ...via,
      args,
      salt,
    } as const satisfies Attempt;
    return { session, keep, call, attempt, salt };
  }

  return { enter, command, gather, sessionNamed, repeats };
}

/** Silence is not a refusal: whether the agent acted is then unknown, and the log says exactly that. */
function outcomeOf(
  intent: Attempt,
  { reply, read, answer, intentSha256, at, kept }: { kept: ToKeep | null; reply: Result<AgentReply, Denial>; read: Result<unknown, Denial>; answer: Result<unknown, Denial>; intentSha256: string; at: number },
): Attempt {
  // Its own clock may have run out first: then the machine itself does not know yet.
  const isSilent = !answer.ok && (answer.error.code === 'command_timed_out' || answer.error.code === 'agent_lost');
  const isSigned = reply.ok && (read.ok || read.error.code !== 'bad_agent_signature');
  const evidence: AnswerEvidence = {
    intentSha256,
    ...(isSigned && {
      resultSha256: reply.value.end.result_sha256,
      agentAt: reply.value.end.at,
      agentSignature: reply.value.end.signature,
    }),
    ...(kept && { keptSha256: kept.sha256 }),
  };
  return {
    ...intent,
    at,
    phase: 'outcome',
    by: reply.ok ? 'agent' : 'server',
    // What the machine signed, also where the session was over by then and nobody is given the result: the code says that.
    outcome: read.ok ? 'ok' : isSilent ? 'unknown' : 'refused',
    ...(!answer.ok && { code: answer.error.code }),
    answer: evidence,
  };
}
