import { readFileSync, type BigIntStats } from 'node:fs';
import { parseJson } from '@argus/protocol/handshake.ts';
import { z } from 'zod';
import { writeWhole } from '../state/state-dir.ts';

/**
 * Which files have stood under the name config.yaml. Whoever may rename in the install root gives such a file the name of
 * a log, and is shown its secrets: so it is known again, under whatever name. Kept on disk, since a restart must not help.
 */
export type KnownConfigs = {
  see(stat: BigIntStats): void;
  isOne(stat: BigIntStats): boolean;
};
/** Enough for the patches and editors of a long time; each is a line of some forty characters. */
const KEPT = 256;

const Kept = z.array(z.string().max(128)).max(KEPT);

export function knownConfigs(path: string): KnownConfigs {
  let known: readonly string[] = stored(path);
  let isStored = true;

  return {
    see(stat) {
      const mark = markOf(stat);
      if (known.at(-1) === mark && isStored) return;
      if (known.at(-1) !== mark) known = [...known.filter((one) => one !== mark), mark].slice(-KEPT);
      try {
        writeWhole(path, `${JSON.stringify(known)}\n`);
        isStored = true;
      } catch {
        isStored = false; // a full disk: it holds for this life, and is tried again
      }
    },
    isOne: (stat) => known.includes(markOf(stat)),
  };
}

/**
 * A number is given to another file once this one is gone; when it was born is not. Where the file system does not say
 * that, it says 0, and the number alone counts: better a log too few than a secret too many.
 */
const markOf = ({ dev, ino, birthtimeNs }: BigIntStats): string => `${dev} ${ino} ${birthtimeNs}`;

function stored(path: string): readonly string[] {
  try {
    const kept = Kept.safeParse(parseJson(readFileSync(path, 'utf8')));
    return kept.success ? kept.data : [];
  } catch {
    return [];
  }
}
