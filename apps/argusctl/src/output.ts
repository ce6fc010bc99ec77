export type Stream = { readonly write: (text: string) => void; readonly isTTY: boolean; readonly columns?: number | undefined };

/** Shorter than any real secret: a word that short would blank out half the output. */
const SECRET_LENGTH_MIN = 8;

export type Keeper = {
  /** From now on this text is not printed, wherever it would stand. */
  hide(secret: string | undefined): void;
  over(stream: Stream): Stream;
};

/**
 * The last net under everything that is printed: secrets we were given never come out again. What is printed should
 * not hold them in the first place; this is for the day when it does.
 */
export function createKeeper(): Keeper {
  const secrets = new Set<string>();
  // The longest first: a secret may hold another.
  const longest = (): readonly string[] => [...secrets].toSorted((a, b) => b.length - a.length);
  const redact = (text: string): string => longest().reduce((out, secret) => out.replaceAll(secret, '[redacted]'), text);
  return {
    hide(secret) {
      const trimmed = secret?.trim() ?? '';
      if (trimmed.length >= SECRET_LENGTH_MIN && !trimmed.startsWith('--')) secrets.add(trimmed);
    },
    over: (stream) => ({ isTTY: stream.isTTY, columns: stream.columns, write: (text) => stream.write(redact(text)) }),
  };
}
