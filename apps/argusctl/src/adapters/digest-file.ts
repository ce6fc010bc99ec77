import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { DigestFile } from '../digest-file.ts';

export const digestFile: DigestFile = async (path) => {
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    for await (const piece of createReadStream(path) as AsyncIterable<Buffer>) {
      hash.update(piece);
      bytes += piece.length;
    }
    return { kind: 'digest', sha256: hash.digest('hex'), bytes };
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown);
    return code === 'ENOENT' || code === 'ENOTDIR' ? { kind: 'missing' } : { kind: 'unreadable', why: code };
  }
};
