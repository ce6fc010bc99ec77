/** Room for the largest answer there is, several times over; ours. */
export const ANSWER_BYTES_MAX = 64 * 1_048_576;

/**
 * The text of an answer, counted as it arrives and as it is unpacked: neither its length nor how well it packs is left to the
 * other side. Null: it is longer than any answer of ours, and the rest is not taken.
 */
export async function textOf(answer: Response): Promise<string | null> {
  const reader = answer.body?.getReader();
  if (!reader) return '';
  const decoder = new TextDecoder();
  const parts: string[] = [];
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return parts.join('') + decoder.decode();
    bytes += value.byteLength;
    if (bytes > ANSWER_BYTES_MAX) {
      await reader.cancel().catch(() => undefined); // it may be gone already
      return null;
    }
    parts.push(decoder.decode(value, { stream: true }));
  }
}
