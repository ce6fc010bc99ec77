/** The person at the keyboard, if there is one. Null: they gave up. */
export type Terminal = {
  /** Somebody is there who can be asked. */
  readonly isThere: boolean;
  line(prompt: string): Promise<string | null>;
  /** What is typed is not shown. */
  secret(prompt: string): Promise<string | null>;
};
