/** What a command may leave on disk: one file, whole or not at all. Both answers are why not, or null. */
export type OutFile = {
  /** Asked before anything is sent: an answer that cannot be kept is not asked for. */
  whyNot(path: string): Promise<string | null>;
  save(path: string, bytes: Uint8Array): Promise<string | null>;
};
