import { open } from 'node:fs/promises';
import type { FileRead, ReadFile } from '../stored.ts';

/** Unless somebody expects more, more is a mistake. */
const BYTES_MAX = 65_536;

/** Mode and content of the same open file, so that nobody swaps it in between. */
export const readFile: ReadFile = async (path, bytesMax = BYTES_MAX) => {
  try {
    const file = await open(path === '-' ? '/dev/stdin' : path, 'r');
    try {
      const { mode, uid } = await file.stat();
      const bytes = Buffer.alloc(bytesMax + 1);
      let length = 0;
      for (let read = -1; read !== 0 && length <= bytesMax; length += read)
        ({ bytesRead: read } = await file.read(bytes, length, bytes.length - length));
      if (length > bytesMax) return { kind: 'unreadable', why: `it is larger than ${Math.floor(bytesMax / 1_024)} KiB` };
      return { kind: 'text', text: bytes.toString('utf8', 0, length), isPrivate: isPrivate(mode, uid) };
    } finally {
      await file.close();
    }
  } catch (thrown) {
    return failed(thrown);
  }
};

const GROUP_AND_OTHERS = 0o077;
/** Where modes mean something, nobody but us (or root, who can anyway) may have it. */
function isPrivate(mode: number, uid: number): boolean {
  const me = process.getuid?.();
  return me === undefined || ((mode & GROUP_AND_OTHERS) === 0 && (uid === me || uid === 0));
}

function failed(thrown: unknown): FileRead {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown);
  return code === 'ENOENT' || code === 'ENOTDIR' ? { kind: 'missing' } : { kind: 'unreadable', why: code };
}
