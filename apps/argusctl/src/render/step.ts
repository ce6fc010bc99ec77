import { questionIn } from '@argus/protocol/questions.ts';
import type { ReplayStep } from '@argus/protocol/replay.ts';
import { table, timeOf, type Block, type Cell } from './view.ts';

/** An argument as the log has it: in clear, or that it was there. */
const argsOf = ({ args }: ReplayStep): string =>
  Object.entries(args ?? {})
    .map(([name, value]) => `${name}=${typeof value === 'object' ? '(digest)' : String(value)}`)
    .join(' ');

const WHAT: Readonly<Record<string, string>> = {
  remote_support_activation: 'activation',
  remote_support_command: 'command',
  remote_support_session_ended: 'session ended',
  remote_support_session_closed: "machine's last word",
  remote_support_session_failed_to_close: 'failed to close',
};

const questionOf = ({ type, command, args, answer }: ReplayStep) => questionIn({ type, command, args, outcome: answer?.outcome, code: answer?.code });

export const whatOf = (step: ReplayStep): string => questionOf(step)?.asks ?? [WHAT[step.type] ?? step.type, step.command, step.type === 'remote_support_command' ? argsOf(step) : ''].filter((word) => (word ?? '') !== '').join(' ');

export function outcomeOf(step: ReplayStep & { readonly code?: string }): string {
  const { answer, late, is, code } = step;
  const question = questionOf(step);
  if (question) return `the answer was: ${question.answer}`;
  if (!answer) return is === 'asked' ? 'no answer in the log yet' : (code ?? '-');
  const said = answer.code === undefined || answer.code === '' ? answer.outcome : answer.outcome === 'ok' ? answer.code : `${answer.outcome}: ${answer.code}`;
  return late ? `${said}; late: ${late.outcome}` : said;
}

/** What there is of an answer's result. */
const resultOf = ({ answer }: ReplayStep): string => (answer?.result === 'kept_sealed' ? 'kept, sealed' : answer?.result === 'digest_only' ? 'digest only' : '-');

export const stepRow = (step: ReplayStep): readonly Cell[] => [step.index, timeOf(step.at), whatOf(step), outcomeOf(step), resultOf(step), step.answer?.agent_signature === undefined ? '-' : 'yes', step.operator ?? step.by ?? '-', step.reason ?? '-'];

export const stepsTable = (steps: readonly ReplayStep[]): Block => table(['ENTRY', 'AT', 'WHAT', 'OUTCOME', 'RESULT', 'SIGNED', 'WHO', 'REASON'], steps.map(stepRow), 'Nothing of this session is in the log.');
