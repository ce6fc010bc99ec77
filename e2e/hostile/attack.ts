/** What an attack is, and the judge: it may get these answers and no other, and afterwards the honest still get theirs. */
import { until } from '../until.ts';
import type { Fight, Word } from './fight.ts';

export type Attack = {
  readonly name: string;
  readonly from: 'asleep' | 'awake';
  readonly send: (fight: Fight) => void | Promise<void>;
  /** Each answer has to be one of these. With none, the agent keeps silent; `silence` among others: it may. */
  readonly may: readonly Word[];
  /** As it stood before, or else. */
  readonly leaves?: 'asleep';
  /** The line does not survive it; the agent dials again by itself. */
  readonly breaks?: true;
};

const BREAKS_MS = 30_000;
const ANSWER_MS = 5_000;

/** What is wrong with how the agent took it; nothing, if nothing is. */
export async function fought(fight: Fight, attack: Attack): Promise<readonly string[]> {
  await fight.stand(attack.from);
  const line = fight.line();
  const since = line.heard.length;
  await attack.send(fight);
  if (attack.breaks) {
    const [broken, lines] = [fight.line(), fight.plane.lines.length];
    await until(() => !broken.isOpen(), BREAKS_MS);
    await fight.connect(lines);
  }
  if (attack.leaves) fight.isOver();
  // Before the session it is in is ended by the honest. What is not answered by itself may be once an honest act is.
  const answered = () => (attack.may.length > 0 && !attack.may.includes('silence') ? until(() => fight.words(line, since).length > 0, ANSWER_MS).catch(() => undefined) : undefined);
  await answered();
  const honest = await fight.honestSession();
  await answered();
  return [...judged(fight.words(line, since), attack), ...honest];
}

export function judged(words: readonly Word[], { may }: Pick<Attack, 'may'>): readonly string[] {
  const wrong = words.filter((word) => !may.includes(word)).map((word) => `it was answered with ${word}`);
  const isMute = words.length === 0 && may.length > 0 && !may.includes('silence');
  return isMute ? [`it was not answered, and had to be with ${may.join(' or ')}`] : [...new Set(wrong)];
}
