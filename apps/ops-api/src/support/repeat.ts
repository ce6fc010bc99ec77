/**
 * The same request id never acts twice. Whoever asks again, in the same session and for the very same command, is told
 * what became of the first: the same answer while we have it, and from the log what the log has.
 */
import type { Clock } from '@argus/kit/clock.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { commitArgs, sameCommit, type ArgsCommit } from '@argus/protocol/args-commit.ts';
import { contractFor, type Call } from '@argus/protocol/commands/index.ts';
import { deny, isErrorCode, type Denial } from '@argus/protocol/errors.ts';
import type { CommandRan } from '@argus/protocol/http/shapes.ts';
import type { AgentId, RequestId, SessionId } from '@argus/protocol/ids.ts';
import { parseLeaf } from '@argus/protocol/leaf.ts';
import type { RecordedRequest, RequestStore } from '../ports.ts';

/** A client whose connection broke asks again within seconds. */
export const ANSWERS_KEPT_MS = 60_000;
/** For all answers together, of this node. The oldest go first. */
export const ANSWERS_KEPT_CHARACTERS = 16 * 1_048_576;
/** What an answer costs beside its text: receipt, ids, the place in the map. */
const BESIDE_TEXT = 1_024;

export type Answer = Result<CommandRan, Denial>;
/** What was asked under an id, as its entry pins it. */
export type Earlier = {
  readonly session: SessionId | undefined;
  readonly command: string | undefined;
  readonly args: ArgsCommit;
  readonly salt: Uint8Array;
};
/** One that is the same is told this. */
export type Found = Earlier & { readonly answer: () => Promise<Answer> };
type Kept = Earlier & { readonly answer: Promise<Answer>; characters: number; until: number | null }; // null: it runs

/** The entry pins the arguments with its own salt: only the very same ones open it. */
export function isSame(earlier: Earlier, asked: { readonly session: SessionId; readonly call: Call }): boolean {
  const contract = contractFor(asked.call.name);
  if (!contract || earlier.session !== asked.session || earlier.command !== asked.call.name) return false;
  return sameCommit(commitArgs(contract.args, asked.call.args, { salt: earlier.salt, sha256 }), earlier.args);
}

export function createRepeats({ clock, requests }: { readonly clock: Pick<Clock, 'elapsed'>; readonly requests: RequestStore }) {
  const kept = new Map<string, Kept>(); // in the order they were asked
  let characters = 0;
  const nameOf = (agent: AgentId, request: RequestId) => `${agent} ${request}`;

  function forget(name: string, one: Kept): void {
    if (kept.get(name) !== one) return;
    kept.delete(name);
    characters -= one.characters;
  }

  /** Drops what is too old, and the oldest while it is too much. What runs stays. */
  function sweep(): void {
    const now = clock.elapsed();
    for (const [name, one] of kept) {
      if (one.until === null) continue;
      if (one.until > now && characters <= ANSWERS_KEPT_CHARACTERS) break;
      forget(name, one);
    }
  }

  return {
    sweep,
    characters: () => characters,
    /** Resolves when nothing of this request runs here any more, its outcome being on record. Null: nothing does. */
    running(agent: AgentId, request: RequestId): Promise<unknown> | null {
      const one = kept.get(nameOf(agent, request));
      return one?.until === null ? one.answer : null;
    },

    /** Runs it under its id. `isNamed`: the caller chose the id, and can ask again; `weigh` says how long the result is. */
    carry(
      { agent, request, isNamed, ...asked }: Earlier & { readonly agent: AgentId; readonly request: RequestId; readonly isNamed: boolean },
      act: (weigh: (characters: number) => void) => Promise<Answer>,
    ): Promise<Answer> {
      const name = nameOf(agent, request);
      let weight = 0;
      const answer = act((length) => void (weight = length));
      const one: Kept = { ...asked, answer, characters: 0, until: null };
      kept.set(name, one);
      const drop = () => forget(name, one);
      const keep = () => {
        one.characters = weight + BESIDE_TEXT;
        one.until = clock.elapsed() + ANSWERS_KEPT_MS;
        characters += one.characters;
        sweep();
      };
      answer.then(isNamed ? keep : drop, drop);
      return answer;
    },

    /** In memory, at no cost. Null: it has to be tried, or looked up. */
    here(agent: AgentId, request: RequestId): Found | null {
      const one = kept.get(nameOf(agent, request));
      if (!one || (one.until !== null && one.until <= clock.elapsed())) return null;
      return { ...one, answer: () => one.answer };
    },

    /** In the log, once that has said that it knows the id. Null: as something else. */
    async recorded(agent: AgentId, request: RequestId): Promise<Result<Found | null, Denial>> {
      const found = await requests.recorded(agent, [request]).then(
        (rows) => ok(rows[0]),
        (problem: unknown) => err(deny('audit_unavailable', String(problem))),
      );
      if (!found.ok) return found;
      const intent = found.value && parseLeaf(found.value.intent.bytes);
      if (!found.value || !intent?.ok || intent.value.type !== 'remote_support_command') return ok(null);
      const { session, command, args_commit: args = {} } = intent.value;
      const answer = err(whatTheLogSays(found.value));
      return ok({ session, command, args, salt: found.value.intent.salt ?? new Uint8Array(), answer: async () => answer });
    },
  };
}
export type Repeats = ReturnType<typeof createRepeats>;

/** Everything but the result, which the log does not have. */
export function whatTheLogSays({ intent, outcome }: RecordedRequest): Denial {
  const leaf = outcome && parseLeaf(outcome.bytes);
  if (!outcome || !leaf?.ok) return deny('outcome_unrecorded', 'asked again: there is an intent and no outcome');
  const { code = '', outcome: how, agent_signature, result_sha256 } = leaf.value;
  if (how === 'ok' && agent_signature !== undefined && result_sha256 !== undefined) {
    const receipt = { leaf_index: intent.seq, outcome_index: outcome.seq, checkpoint: outcome.checkpoint, agent_signature, result_sha256 };
    return { code: 'result_gone', facts: { receipt } };
  }
  // A server that died in between said so with a word that is no error code.
  return deny(isErrorCode(code) ? code : 'agent_lost', 'asked again: as the log has it');
}
