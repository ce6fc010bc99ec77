import { closeSync, fstatSync, lstatSync, readSync, type BigIntStats } from 'node:fs';
import { join } from 'node:path';
import { fromUtf8 } from '@argus/kit/bytes.ts';
import type { TuningFile } from '../../tuning/keep-tuned.ts';
import { openToRead } from './place.ts';

const BYTES_MAX = 65_536;

/** config.yaml of the install root, read like everything there: never through a link, never a file with a second name. `seen`: what stands there. */
export function tuningFile(root: string, seen: (stat: BigIntStats) => void = () => undefined): TuningFile {
  const path = join(root, 'config.yaml');
  return {
    mark() {
      try {
        const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false });
        if (stat?.isFile() && stat.nlink === 1n) seen(stat); // one with a second name is read by nobody
        return stat ? `${stat.ino} ${stat.size} ${stat.mtimeNs} ${stat.ctimeNs}` : 'none';
      } catch (problem) {
        return `not to be looked at: ${(problem as NodeJS.ErrnoException).code}`; // a root that is closed or gone ends no daemon
      }
    },
    read() {
      let fd: number;
      try {
        fd = openToRead(path);
      } catch (problem) {
        return (problem as NodeJS.ErrnoException).code === 'ENOENT' ? null : { problem: 'it is no plain file with one name that this user can read' };
      }
      try {
        if (fstatSync(fd).size > BYTES_MAX) return { problem: `it is larger than ${BYTES_MAX} bytes` };
        const buffer = Buffer.alloc(BYTES_MAX);
        return { text: fromUtf8(buffer.subarray(0, readSync(fd, buffer, 0, BYTES_MAX, 0))) };
      } catch {
        return { problem: 'it cannot be read as UTF-8 text' };
      } finally {
        closeSync(fd);
      }
    },
  };
}
