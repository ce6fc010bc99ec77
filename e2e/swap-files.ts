/** Run beside a reader: as fast as it can, it puts other things under the names of an install root, one after the other. */
import { linkSync, mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [root = '', outside = ''] = process.argv.slice(2);
const spare = join(root, 'spare');
const log = join(root, 'argus.log');
const [secret, fifo] = [join(outside, 'x.txt'), join(outside, 'fifo.txt')];

/** Made aside, then put in place in one step: the name is never empty in between. */
const replace = (make: (path: string) => void) => {
  rmSync(spare, { force: true, recursive: true });
  make(spare);
  renameSync(spare, log);
};
const inPlaceOfCrashes = (target: string) => {
  renameSync(join(root, 'crashes'), join(root, 'aside'));
  symlinkSync(target, join(root, 'crashes'));
  unlinkSync(join(root, 'crashes'));
  renameSync(join(root, 'aside'), join(root, 'crashes'));
};
const steps: readonly (() => void)[] = [
  () => replace((path) => writeFileSync(path, 'INSIDE')),
  () => replace((path) => symlinkSync(secret, path)),
  () => replace((path) => writeFileSync(path, 'INSIDE')),
  () => replace((path) => symlinkSync(fifo, path)),
  () => replace((path) => linkSync(secret, path)),
  () => replace((path) => linkSync(fifo, path)),
  // Between these two the file outside has one name more, and then one less: a count alone tells nothing.
  () => {
    unlinkSync(log);
    for (let n = 0; n < 20; n++) {
      linkSync(secret, log);
      unlinkSync(log);
    }
  },
  () => {
    mkdirSync(log);
    rmSync(log, { recursive: true });
  },
  () => inPlaceOfCrashes(outside),
  () => inPlaceOfCrashes('.'),
];
process.send?.('ready');
process.on('disconnect', () => process.exit());
const turn = () => {
  for (const step of steps) step();
  setImmediate(turn);
};
turn();
