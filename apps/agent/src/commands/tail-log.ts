import { err, ok } from '@argus/kit/result.ts';
import { deny } from '@argus/protocol/errors.ts';
import { isPacked, readableLog } from '@argus/protocol/readable-files.ts';
import { lastLines } from '../files/last-lines.ts';
import { endOf } from '../files/tail.ts';
import { unpackedEnd } from '../files/unpack.ts';
import type { Handlers } from './index.ts';

export const tailLog: Handlers['tail_log'] = async ({ file: named, lines }, { asked, files, inTurn }) => {
  const name = readableLog(named);
  if (!name) return err(deny('path_not_allowlisted'));
  return inTurn(asked.isStillWanted, async () => {
    const read = await files.use(name, async (file) => (isPacked(name) ? unpackedEnd(file) : ok(await endOf(file, lines))));
    if (!read.ok) return read;
    return read.value.ok ? ok({ file: name, ...lastLines(read.value.value, lines) }) : read.value;
  });
};
