/** What a command may leave on disk: one file, whole or not at all. Answers are why not, or null. */
export type OutFile = {
  /** Asked before anything is sent: an answer that cannot be kept is not asked for. */
  whyNot(path: string): Promise<string | null>;
  save(path: string, bytes: Uint8Array): Promise<string | null>;
  /** For what is too large to hold: nothing is at its place before `keep`. */
  begin(path: string): Promise<OutWriter | string>;
  /** Never over something that is there. */
  saveNew(path: string, bytes: Uint8Array): Promise<string | null>;
  /** In a folder that is made for us alone. */
  savePrivate(path: string, bytes: Uint8Array): Promise<string | null>;
};
export type OutWriter = {
  write(bytes: Uint8Array): Promise<string | null>;
  /** On disk under its name, or why not. */
  keep(): Promise<string | null>;
  /** Nothing is left of it. */
  drop(): Promise<void>;
};
