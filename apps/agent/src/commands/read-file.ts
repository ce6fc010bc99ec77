import { err, ok } from '@argus/kit/result.ts';
import { sha256Hex } from '@argus/keys/hash.ts';
import { FILE_BYTES_MAX, FILE_JSON_MAX } from '@argus/protocol/commands/file-limits.ts';
import { deny } from '@argus/protocol/errors.ts';
import { readableFile } from '@argus/protocol/readable-files.ts';
import { jsonBytes } from '../files/last-lines.ts';
import { redactConfigSlowly } from '../files/redact-config.ts';
import { textOf, wholeCharacters } from '../files/text.ts';
import type { Handlers } from './index.ts';

export const readFile: Handlers['read_file'] = async ({ path }, { asked, breathe, files, inTurn }) => {
  const name = readableFile(path);
  if (!name) return err(deny('path_not_allowlisted'));
  return inTurn(asked.isStillWanted, async () => {
    const read = await files.use(name, (file) => file.read(0, FILE_BYTES_MAX + 1));
    if (!read.ok) return read;
    const shown = name === 'config.yaml' ? await withoutSecrets(read.value, breathe) : read.value;
    const truncated = read.value.length > FILE_BYTES_MAX || shown.length > FILE_BYTES_MAX;
    const bytes = truncated ? wholeCharacters(shown.subarray(0, FILE_BYTES_MAX)) : shown;
    const text = textOf(bytes);
    // What is no text, or would grow too much as one, travels in base64: nothing is lost, and the digest is that of the same bytes.
    const content = text !== null && jsonBytes(text) <= FILE_JSON_MAX ? { text } : { base64: Buffer.from(bytes).toString('base64') };
    return ok({ path: name, ...content, size: bytes.length, sha256: sha256Hex(bytes), truncated });
  });
};

/** Of what is no UTF-8 nobody can tell where a secret stands in it: none of it leaves. */
async function withoutSecrets(bytes: Uint8Array, breathe: () => Promise<void>): Promise<Uint8Array> {
  const isWhole = bytes.length <= FILE_BYTES_MAX;
  const text = textOf(isWhole ? bytes : wholeCharacters(bytes));
  return Buffer.from(text === null ? '[redacted: this file is not UTF-8 text]\n' : await redactConfigSlowly(text, { isWhole }, breathe));
}
