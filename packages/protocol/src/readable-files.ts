import { secretShaped } from './ids.ts';

/**
 * The files of an install root an operator may read, exactly: everything else is `path_not_allowlisted`. A name is judged
 * as text alone, before anything looks at a disk, and one that passes is safe to keep in a log: it is ours but for a word.
 */
declare const readable: unique symbol;
export type ReadableFile = string & { readonly [readable]: true };

export const LOG = 'argus.log';
const FIXED: readonly string[] = [LOG, 'config.yaml', 'version.txt', 'agent_info.json'];
const ROTATED = /^argus\.log\.[1-9]\d{0,5}(?:\.gz)?$/;
/** One level. Letters of every file system; a name cannot begin with a dot, and has no colon, which Windows would read as a stream. */
const CRASH = /^crashes\/(?<name>\w[\w.-]{0,127})\.txt$/;
/** Windows opens a device under these, whatever the folder and the ending. */
const DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

export const readableFile = (name: string): ReadableFile | null => (isReadable(name) ? (name as ReadableFile) : null); // the check is the brand
export const readableLog = (name: string): ReadableFile | null => (name === LOG || ROTATED.test(name) ? readableFile(name) : null);
export const isPacked = (name: ReadableFile): boolean => name.endsWith('.gz');

function isReadable(name: string): boolean {
  if (FIXED.includes(name) || ROTATED.test(name)) return true;
  const crash = CRASH.exec(name)?.groups?.['name'];
  return crash !== undefined && !DEVICE.test(crash) && name.search(secretShaped()) < 0;
}
