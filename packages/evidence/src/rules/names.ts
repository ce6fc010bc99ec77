/** What an entry says in words is what a person reads: nothing hidden, and no name in letters of two alphabets that look alike. */
import type { Rule, RuleContext } from './rule.ts';

/** C0, C1, zero-width, bidirectional controls: shown they are nothing, or turn what is beside them around. */
const HIDDEN = /[\p{Cc}\u00ad\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/u;
const TWO_ALPHABETS = /[A-Za-z][\p{L}\p{N}_.-]*[\u0370-\u052f]|[\u0370-\u052f][\p{L}\p{N}_.-]*[A-Za-z]/u;

export function names({ note }: RuleContext): Rule {
  return {
    see({ index, leaf }) {
      for (const field of ['operator', 'code', 'reason'] as const) if (HIDDEN.test(leaf[field] ?? '')) note('name_misleading', { index, detail: `its ${field} has characters nobody can see` });
      if (TWO_ALPHABETS.test(leaf.operator ?? '')) note('name_misleading', { index, detail: 'its operator is written in two alphabets at once' });
    },
  };
}
