/** What was asked cannot be done, and the sentence says why. Each kind has an exit code of its own; see help. */
export const EXIT = { done: 0, bug: 1, usage: 2, file: 3, passphrase: 4 } as const;

export class Stop extends Error {
  readonly exit: number;
  readonly code: string;
  constructor(sentence: string, { exit, code }: { readonly exit: number; readonly code: string }) {
    super(sentence);
    this.exit = exit;
    this.code = code;
  }
}
export const usage = (sentence: string): never => {
  throw new Stop(sentence, { exit: EXIT.usage, code: 'usage' });
};
export const badFile = (sentence: string): never => {
  throw new Stop(sentence, { exit: EXIT.file, code: 'file' });
};
