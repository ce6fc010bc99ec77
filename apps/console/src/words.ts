/** States as words, each with the tone it is shown in. One place, so that a state looks the same on every page. */
import { ERRORS, isErrorCode } from '@argus/protocol/errors.ts';
import type { AgentView, SessionView, TenantView } from '@argus/protocol/http/shapes.ts';
import { questionIn } from '@argus/protocol/questions.ts';
import type { ReplayStep } from '@argus/protocol/replay.ts';
import { ownIn } from './own-in.ts';
import type { Tone } from './ui/badge.tsx';

export type Said = { readonly tone: Tone; readonly says: string };

export const tenantState = ({ consent, armed }: Pick<TenantView, 'consent' | 'armed'>): Said =>
  armed
    ? { tone: 'warn', says: 'Armed' }
    : { signed: { tone: 'calm' as const, says: 'Disarmed' }, missing: { tone: 'calm' as const, says: 'No consent' }, expired: { tone: 'bad' as const, says: 'Consent expired' } }[consent];

export const CONSENT_KINDS = {
  tenant_signed: { tone: 'good', says: 'Tenant-signed', more: 'The machines check it themselves, against a key the tenant keeps. Nobody here can forge or widen it.' },
  recorded: { tone: 'calm', says: 'Recorded', more: 'We wrote down that the tenant signed. The machines take our word for it.' },
} as const;

export const agentState = (state: AgentView['state']): Said =>
  ({
    online: { tone: 'good' as const, says: 'Online' },
    offline: { tone: 'calm' as const, says: 'Offline' },
    code_issued: { tone: 'accent' as const, says: 'Code issued' },
    revoked: { tone: 'bad' as const, says: 'Revoked' },
  })[state];

export const sessionState = ({ state, last_word: word }: Pick<SessionView, 'state' | 'last_word'>): Said => {
  if (state === 'active') return { tone: 'live', says: 'Live' };
  if (state === 'activating') return { tone: 'accent', says: 'Opening' };
  return word?.state === 'failed_to_close' ? { tone: 'bad', says: 'Failed to close' } : { tone: 'calm', says: 'Ended' };
};

const ENDS: Readonly<Record<string, string>> = {
  deactivate: 'ended by the operator',
  expired: 'its time was up',
  tenant_kill_switch: 'switched off on the machine',
  disarmed: 'the tenant was disarmed',
  consent_withdrawn: 'the consent was withdrawn',
  agent_revoked: 'the agent was revoked',
  agent_lost: 'the line to the machine was lost',
  server_shutdown: 'the server was stopped',
  agent_refused: 'the machine refused to wake for it',
  not_acknowledged: 'the machine did not say in time that it is awake',
};
const AFTERWARDS: Readonly<Record<string, string>> = {
  expired: 'Is there more to do? Open another session, with its own reason.',
  tenant_kill_switch: 'Only the tenant can switch it on again, on the machine itself. Ask them before you try.',
  disarmed: 'Find out why before you arm the tenant again.',
  consent_withdrawn: 'Without a consent there is no session, and no way around it.',
  agent_revoked: 'A revoked agent never comes back; its machine has to be enrolled under another id.',
  agent_lost: 'When the machine is on the line again, open another session.',
  server_shutdown: 'When the server is back, open another session.',
};
/** What to do after such an end. */
export const afterWords = (how: string | null): string => ownIn(AFTERWARDS, how ?? '') ?? '';
/** How it ended, for a person; a way this console does not know yet is shown as it is called. */
export const endWords = (how: string | null): string => (how === null ? '' : (ownIn(ENDS, how) ?? how));

const HAPPENED: Readonly<Record<string, string>> = {
  remote_support_activation: 'Session opened',
  remote_support_session_ended: 'Session ended',
  remote_support_session_closed: 'Last word of the machine',
  remote_support_session_failed_to_close: 'No last word of the machine',
};
/** What a step of a session is called; a kind this console does not know yet is shown as it is called. */
export const stepWords = (type: string): string => ownIn(HAPPENED, type) ?? type;

/** Why something was refused; a code this console does not know yet stands for itself beside it. */
export const refusalWords = (code: string | null): string => (code !== null && isErrorCode(code) ? ERRORS[code].title : 'Refused');

/** Ends that somebody did not mean to come. */
const CUT_SHORT: ReadonlySet<string> = new Set(['tenant_kill_switch', 'agent_lost', 'agent_refused', 'not_acknowledged', 'server_shutdown']);
/** Green is what went well, and nothing else: a session that ended is no success, and no failure. */
export const outcomeTone = (outcome: string | null, code: string | null = null): Tone =>
  outcome === null ? 'calm' : outcome === 'refused' ? 'bad' : outcome !== 'ok' || CUT_SHORT.has(code ?? '') ? 'warn' : code === null ? 'good' : 'calm';

/** A step that is a question: what was asked, and the answer. */
export const questionOf = ({ type, command, args, answer }: Pick<ReplayStep, 'type' | 'command' | 'args' | 'answer'>) => questionIn({ type, command, args, outcome: answer?.outcome, code: answer?.code });

type Step = Pick<ReplayStep, 'type' | 'command' | 'args' | 'answer'>;
/** What a step is called: a command by its name, all else in words. */
export const titleOf = (step: Step): string =>
  questionOf(step)?.asks ?? step.command ?? (step.type === 'remote_support_activation' && step.answer?.outcome !== 'ok' ? 'Session asked for' : stepWords(step.type));

/** What came of it, and why where that is to be said. */
export function answerSays(answer: Pick<NonNullable<Step['answer']>, 'outcome' | 'code'> | null): Said & { readonly why: string | null } {
  if (!answer) return { tone: 'calm', says: 'no answer yet', why: null };
  const { outcome, code = null } = answer;
  const tone = outcomeTone(outcome, code);
  if (outcome !== 'ok') return { tone, says: outcome === 'refused' ? 'refused' : 'not known', why: code === null ? null : isErrorCode(code) ? refusalWords(code) : endWords(code) };
  return { tone, says: code === null ? outcome : endWords(code), why: null };
}
export function stepSays(step: Step): Said & { readonly why: string | null } {
  const question = questionOf(step);
  return question ? { tone: 'calm', says: `the answer was: ${question.answer}`, why: null } : answerSays(step.answer);
}

/** With what, in short; null: nothing that needs words. Of what is sensitive the log has a digest with a salt, which no other digest of it is like. */
export function withWords({ type, command, args = {}, ...step }: Step): string | null {
  if (questionOf({ type, command, args, ...step })) return null;
  if (type === 'remote_support_activation') return typeof args['minutes'] === 'number' ? `for ${args['minutes']} minutes` : null;
  if (command === undefined) return typeof args['agent_said'] === 'string' && args['agent_said'] !== step.answer?.code ? `the machine said: ${endWords(args['agent_said'])}` : null;
  const said = Object.entries(args).map(([name, value]) => `${name} ${typeof value === 'object' ? `(salted digest ${value.sha256.slice(0, 12)}…)` : String(value)}`);
  return said.length === 0 ? null : said.join(', ');
}
