import type { Explained, GateExplained, GateState } from '@argus/protocol/http/explain.ts';
import { asTyped } from './own-words.ts';
import { aside, line, table, type View } from './view.ts';

const MARKS = { passed: '✓', not_passed: '✗', not_looked_at: '–' } as const satisfies Record<GateState, string>;

const rowOf = ({ gate, state, found, looks_at: looksAt }: GateExplained) => [MARKS[state], gate, found.length > 0 ? found.join('; ') : looksAt];

/** Every gate in its order, then what would open those that are shut. */
export function explainedView({ gates, would_pass: wouldPass, beyond }: Explained, what: string, argusctl: string): View {
  const shut = gates.filter(({ state }) => state === 'not_passed');
  return [
    table(['', 'GATE', 'WHAT IT SAW'], gates.map(rowOf), ''),
    line(''),
    ...(wouldPass ? [line(`Every gate would let ${what} through.`)] : shut.flatMap(({ gate, code, remedy }) => [line(`✗ ${gate} would refuse (${code ?? ''})`), line(`  ${asTyped(remedy ?? '', argusctl)}`)])),
    aside(''),
    aside(beyond),
    aside('Nothing was opened or sent to a machine. That you asked is on record.'),
  ];
}
