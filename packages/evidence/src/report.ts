/** What was checked, what holds, what does not, what that means, and what to do: for people, and the same for programs. */
import { COUNTED, type Checked } from './check-log.ts';
import { AREA_OF_BUNDLES, AREA_OF_MACHINES, AREAS, EXIT, exitOf, FINDINGS, type Finding, type FindingCode } from './findings.ts';

export type About = { readonly what: string; readonly isBundle?: boolean; readonly isCompared?: boolean };
export type Verdict = 'holds' | 'self_consistent' | 'does_not_hold';

export const verdictOf = (checked: Checked): Verdict => (hasFailed(checked) ? 'does_not_hold' : checked.isTied ? 'holds' : 'self_consistent');
export const exitCodeOf = (checked: Checked): number => Math.max(EXIT.holds, ...codesIn(checked).map(exitOf));
const hasFailed = (checked: Checked): boolean => codesIn(checked).some((code) => FINDINGS[code].fails);
const codesIn = ({ counts }: Checked): readonly FindingCode[] => Object.keys(counts) as FindingCode[]; // Object.keys loses the literal types

export const reportJson = (checked: Checked, { what }: About) => ({
  v: 1,
  verdict: verdictOf(checked),
  checked: what,
  ...(checked.whose && { instance: checked.whose.instance, tenant: checked.whose.tenant }),
  part: checked.part,
  size: checked.size,
  tied_to_machine: checked.isTied,
  numbers: checked.numbers,
  counts: checked.counts,
  findings: checked.findings.map((finding) => ({ ...finding, fails: FINDINGS[finding.code].fails })),
});

const VERDICTS: Readonly<Record<Verdict, string>> = {
  holds: 'It holds.',
  self_consistent: 'Self-consistent only: it agrees with itself. Nothing your own machine has seen was compared with it.',
  does_not_hold: 'It does not hold.',
};

export function reportText(checked: Checked, about: About): string {
  const areas = [...AREAS, ...(about.isBundle ? [AREA_OF_BUNDLES] : []), ...(about.isCompared ? [AREA_OF_MACHINES] : [])];
  const holding = areas.filter(({ codes }) => !codes.some((code) => checked.counts[code] !== undefined));
  const failed = checked.findings.filter(({ code }) => FINDINGS[code].fails);
  const open = checked.findings.filter(({ code }) => !FINDINGS[code].fails);
  return [
    VERDICTS[verdictOf(checked)],
    '',
    `Checked: ${about.what}`,
    `  ${partText(checked)}`,
    ...Object.entries(COUNTED).map(([name, words]) => `  ${String(checked.numbers[name as keyof typeof COUNTED]).padStart(8)}  ${words}`), // the same keys
    ...section('What holds', holding.map(({ holds }) => `  + ${holds}`)),
    ...section('What does not hold', grouped(failed, checked, '-')),
    ...section('What could not be told, or is worth a look', grouped(open, checked, '?')),
    ...(checked.part.kind === 'log' ? [] : section('Of a part of a log', ['  It proves what is in it. It cannot show that nothing was left out of it: for that, check the whole log.'])),
    '',
  ].join('\n');
}

function partText({ part, size, whose }: Checked): string {
  const of = whose ? ` of ${whose.tenant} at ${whose.instance}` : '';
  switch (part.kind) {
    case 'log':
      return `the whole log${of}, ${size} entries under its checkpoint`;
    case 'period':
      return `entries ${part.from} to ${part.to - 1} of the log${of}, under a checkpoint over ${size}`;
    case 'session':
      return `one session out of the log${of}, under a checkpoint over ${size}`;
    default:
      return part satisfies never;
  }
}

const section = (title: string, lines: readonly string[]): readonly string[] => (lines.length === 0 ? [] : ['', title, ...lines]);

/** Of a kind together: what it means and what to do is said once. */
function grouped(findings: readonly Finding[], { counts }: Checked, mark: string): readonly string[] {
  const byCode = Map.groupBy(findings, ({ code }) => code);
  return [...byCode].flatMap(([code, all]) => {
    const more = (counts[code] ?? all.length) - all.length;
    return [
      ...all.map(({ index, says }) => `  ${mark} ${index === undefined ? '' : `entry ${index}: `}${says}`),
      ...(more > 0 ? [`    and ${more} more of these`] : []),
      `    It means: ${FINDINGS[code].means}`,
      `    Do: ${FINDINGS[code].next}`,
    ];
  });
}
