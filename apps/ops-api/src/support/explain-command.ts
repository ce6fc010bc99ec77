/**
 * Whether a command would be let through in a session, and which gate says no. The door and the ladder of the command,
 * minus its effects: nothing is sent to the machine, and no request id is used up.
 */
import type { Clock } from '@argus/kit/clock.ts';
import { climb } from '@argus/kit/gate.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { contractFor, parseCall } from '@argus/protocol/commands/index.ts';
import { deny, type Denial } from '@argus/protocol/errors.ts';
import type { Explained } from '@argus/protocol/http/explain.ts';
import type { RunCommand } from '@argus/protocol/http/shapes.ts';
import { NOT_READ, UNAUTHENTICATED, type Attempt } from '../audit/attempt.ts';
import { commandLadder, type CommandFacts } from '../gates/command.ts';
import { COMMAND_NEEDS, survey } from '../gates/survey.ts';
import { once } from '../people/once.ts';
import { accessTrace } from './access-trace.ts';
import type { Caller } from './caller.ts';
import type { makeCommand } from './command.ts';
import { COMMAND_WORDS } from './explain-words.ts';
import { explainedOf, firstRefusal, inWords, passedInARow } from './explained.ts';
import { recordRefusal, type RefusalDeps } from './refusal.ts';

export type ExplainCommandDeps = RefusalDeps & {
  readonly clock: Clock;
  readonly commands: Pick<ReturnType<typeof makeCommand>, 'gather' | 'sessionNamed'>;
};
export type ExplainCommandEntered = { readonly passed: readonly string[]; readonly names: CommandNames };
type CommandNames = { readonly tenantNamed: string; readonly sessionToken: string | undefined };

const REFUSED_BEFORE = commandLadder.findIndex(({ name }) => name === 'enabled');
const BEYOND = 'The machine decides for itself when the command reaches it, and none did: it goes by its own list of commands and files, its own clock and the log, by the consent key that is pinned on it, and by whether the receipt was revoked there.';

export function makeExplainCommand(deps: ExplainCommandDeps) {
  function gather(caller: Caller, { tenantNamed, sessionToken }: CommandNames, request: Result<RunCommand, Denial>): CommandFacts {
    const { session, sessionProblem } = deps.commands.sessionNamed(sessionToken);
    const call = request.ok ? parseCall(request.value.command, request.value.args) : request;
    return { ...deps.commands.gather(caller, { tenantNamed, sessionProblem }, once(session.look)), request: () => request, call: () => call };
  }

  async function attemptOf(caller: Caller, facts: CommandFacts, passed: readonly string[]): Promise<Attempt> {
    const session = passed.includes('session') ? (await facts.session())?.session : undefined;
    const principal = passed.includes('credential') ? await facts.principal() : null;
    const request = facts.request();
    return {
      at: deps.clock.now(),
      type: 'command_explained',
      phase: 'fact',
      tenant: session?.tenant ?? null,
      ...(session && { agent: session.agent, session: session.id }),
      operator: principal?.operator ?? UNAUTHENTICATED,
      ip: caller.ip,
      by: 'operator',
      reason: session?.reason ?? NOT_READ,
      ...(request.ok && contractFor(request.value.command) && { command: request.value.command }),
      ...(caller.access && (await accessTrace(caller.access))),
    };
  }

  async function refuse(caller: Caller, facts: CommandFacts, { denial, passed }: { denial: Denial; passed: readonly string[] }) {
    await recordRefusal(deps, { ...(await attemptOf(caller, facts, passed)), gatesPassed: passed, outcome: 'refused', code: denial.code });
    return err(denial);
  }

  async function enter(caller: Caller, names: CommandNames): Promise<Result<ExplainCommandEntered, Denial>> {
    const facts = gather(caller, names, err(deny('bad_request', 'not read yet')));
    const { passed, denial } = await climb(commandLadder.slice(0, REFUSED_BEFORE), facts);
    const refusal = denial ?? (caller.hasSecretInQuery === true ? deny('bad_ops_token', 'a secret stands in the address') : null);
    return refusal ? refuse(caller, facts, { denial: refusal, passed }) : ok({ passed, names });
  }

  async function explain(caller: Caller, { entered, request }: { entered: ExplainCommandEntered; request: Result<RunCommand, Denial> }): Promise<Result<Explained, Denial>> {
    const facts = gather(caller, entered.names, request);
    if (!request.ok && request.error.code !== 'bad_request') return refuse(caller, facts, { denial: request.error, passed: entered.passed });
    const still = await climb(commandLadder.slice(0, REFUSED_BEFORE), facts);
    if (still.denial) return refuse(caller, facts, { denial: still.denial, passed: still.passed });

    const looked = await survey(commandLadder.slice(REFUSED_BEFORE), facts, { needs: COMMAND_NEEDS, passed: entered.passed });
    const seen = [...entered.passed.map((gate) => ({ gate, state: 'passed' }) as const), ...looked];
    // One that belongs to somebody else is a session like none: nothing of it is told, and the record is the operator's.
    const isTheirs = seen.some(({ gate, state }) => gate === 'operator' && state === 'passed');
    const session = isTheirs ? (await facts.session())?.session : undefined;
    const gates = await inWords(seen, facts, COMMAND_WORDS);
    const attempt = await attemptOf(caller, facts, [...entered.passed, ...(isTheirs ? ['session'] : [])]);
    const would = firstRefusal(seen)?.code ?? 'pass';
    const written = await deps.ledger.append({ ...attempt, gatesPassed: passedInARow(seen), outcome: 'ok', args: { ...attempt.args, would } });
    if (!written.ok) return written;
    return ok(explainedOf(seen, gates, { at: facts.now, tenant_id: session?.tenant ?? null, agent_id: session?.agent ?? null, beyond: BEYOND }));
  }

  return { enter, explain };
}
