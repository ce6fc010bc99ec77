import { knownCode, type Unreachable } from '@argus/client/problem.ts';
import { isoTime } from '@argus/kit/clock.ts';
import { ERRORS } from '@argus/protocol/errors.ts';
import { cleanText } from '@argus/protocol/text.ts';
import { EXITS_ATTENTION, EXITS_DOES_NOT_HOLD } from '../exits.ts';
import type { Exit, Problem } from '../command.ts';
import { asTyped } from './own-words.ts';
import type { Paint } from './paint.ts';

/** Exit codes beside those of ERRORS. 1 is a bug of ours, and the shell owns what is above 125. */
export const EXITS = { usage: ERRORS.bad_request.exit, unreachable: 100, unreadable: 101, unknown_code: 102, not_written: 110, attention: EXITS_ATTENTION, does_not_hold: EXITS_DOES_NOT_HOLD } as const;

/** What was going on, for the sentences that depend on it. */
export type Situation = {
  readonly url: string;
  readonly writes: boolean;
  readonly now: number;
  /** How they call us, so that what to type next can be typed. */
  readonly retype: string;
  readonly next: string | null;
};

export function exitOf(problem: Problem): Exit {
  switch (problem.kind) {
    case 'refused': {
      const code = knownCode(problem);
      return code === null ? EXITS.unknown_code : ERRORS[code].exit;
    }
    case 'local':
      return problem.code === 'usage' || problem.code === 'not_written' || problem.code === 'does_not_hold' ? EXITS[problem.code] : ERRORS[problem.code].exit;
    case 'unreachable':
    case 'unreadable':
      return EXITS[problem.kind];
    default:
      return problem satisfies never;
  }
}

/** One problem in the words of a person: what happened, its code, what is wrong in detail, what to do next. */
type Told = {
  readonly title: string;
  readonly code: string | null;
  readonly details: readonly string[];
  readonly hint: string | undefined;
  readonly requestId: string | null;
};

export function errorText(problem: Problem, situation: Situation, paint: Paint): string {
  const { title, code, details, hint, requestId } = tell(problem, situation);
  const { retype, next } = situation;
  const lines = [
    `${paint.bad('error:')} ${clean(title)}${code === null ? '' : ` (${clean(code)})`}`,
    ...details.map((detail) => `  ${clean(detail)}`),
    ...(hint === undefined ? [] : [asTyped(clean(hint), retype)]),
    ...(next === null ? [] : [`${paint.faint('next:')} ${asTyped(clean(next), retype)}`]),
    ...(requestId === null ? [] : [paint.faint(`request id: ${clean(requestId)}`)]),
  ];
  return `${lines.join('\n')}\n`;
}

/** The same for programs: what the server said as it said it, and ours in the same shape. */
export function errorJson(problem: Problem, situation: Situation): Readonly<Record<string, unknown>> {
  if (problem.kind === 'refused') {
    const { kind: _, ...said } = problem;
    return said;
  }
  const { title, details, hint } = tell(problem, situation);
  const code = problem.kind === 'local' ? problem.code : problem.kind;
  return { code, title, ...(hint !== undefined && { hint }), ...(details.length > 0 && { problems: details }) };
}

const clean = (text: string): string => cleanText(text, 600);
const untold = { code: null, details: [], hint: undefined, requestId: null } as const;

/** What is said of it, for whoever says it in their own way. */
export const errorTold = (problem: Problem, situation: Situation): Pick<Told, 'title' | 'hint'> => tell(problem, situation);

function tell(problem: Problem, situation: Situation): Told {
  switch (problem.kind) {
    case 'refused':
      return { ...problem, requestId: problem.request_id, details: factsOf(problem, situation) };
    case 'local':
      return {
        ...untold,
        title: problem.says,
        code: problem.code === 'usage' ? null : problem.code,
        details: problem.problems ?? [],
        hint: problem.hint,
      };
    case 'unreachable':
      return { ...untold, title: `No answer from ${situation.url}`, code: problem.detail, hint: adviceFor(problem.why, situation) };
    case 'unreadable':
      return {
        ...untold,
        title: `${situation.url} answered ${problem.status}, and not as an ops API does`,
        hint: `Is the address right? Something in between may answer in its place.${unknownIf(situation.writes)}`,
      };
    default:
      return problem satisfies never;
  }
}

type Refused = Extract<Problem, { kind: 'refused' }>;
function factsOf({ problems = [], server_time, retry_after_s, receipt }: Refused, { now }: Situation): readonly string[] {
  return [
    ...problems,
    ...(server_time === undefined ? [] : [`server time: ${server_time}`, `your clock:  ${isoTime(now)}`]),
    ...(retry_after_s === undefined ? [] : [`try again in ${retry_after_s} s`]),
    ...(receipt === undefined ? [] : [`in the log: entries ${receipt.leaf_index} and ${receipt.outcome_index}, result ${receipt.result_sha256}`]),
  ];
}

const unknownIf = (writes: boolean): string =>
  writes ? ' Whether it was done is unknown: look (argusctl session ls, argusctl tenant ls) before you try again.' : '';

function adviceFor(why: Unreachable, { writes }: Situation): string {
  switch (why) {
    case 'no_route':
      return 'Nothing was sent. Is the server up, and the address right (--url, ARGUS_URL)? npm start runs a demo.';
    case 'untrusted_certificate':
      return 'Nothing was sent: there is no TLS here that can be trusted. Does the server speak https at this address? If its certificate is your own, name its CA in NODE_EXTRA_CA_CERTS.';
    case 'timed_out':
      return `It took too long.${unknownIf(writes)}`;
    case 'broken_off':
      return `The connection broke off.${unknownIf(writes)}`;
    default:
      return why satisfies never;
  }
}
