/** Lines of a stream, none longer than so many bytes: what is too long is passed over, and told of by null. */
export async function* linesOf(stream: AsyncIterable<Uint8Array>, bytesMax: number): AsyncIterable<string | null> {
  let parts: Uint8Array[] = [];
  let length = 0;
  const take = (bytes: Uint8Array): void => {
    length += bytes.length;
    if (length <= bytesMax) parts.push(bytes);
    else parts = []; // nothing of it is kept, however long it goes on
  };
  const end = (): string | null => {
    const line = length <= bytesMax ? Buffer.concat(parts).toString('utf8') : null;
    [parts, length] = [[], 0];
    return line;
  };
  for await (const chunk of stream) {
    let from = 0;
    for (let at = chunk.indexOf(0x0a); at >= 0; at = chunk.indexOf(0x0a, from)) {
      take(chunk.subarray(from, at));
      yield end();
      from = at + 1;
    }
    take(chunk.subarray(from));
  }
  if (length > 0) yield end();
}
