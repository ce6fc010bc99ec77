/** What was asked cannot be done, and the sentence says why. What was found is no stop: it is the answer. */
import { EXIT } from '@argus/evidence/findings.ts';

export class Stop extends Error {
  readonly exit: number;
  constructor(sentence: string, exit: number) {
    super(sentence);
    this.exit = exit;
  }
}
export const usage = (sentence: string): never => {
  throw new Stop(sentence, EXIT.usage);
};
export const cannotBeRead = (sentence: string): never => {
  throw new Stop(sentence, EXIT.cannot_be_read);
};
