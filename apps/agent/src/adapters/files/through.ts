import type { FileHandle } from 'node:fs/promises';

/**
 * What is in a folder that is held open, named through its handle: whoever puts another folder in its place meanwhile is
 * not followed there. Without a name it is what the handle itself holds. Linux only.
 */
export const through = ({ fd }: Pick<FileHandle, 'fd'>, name = ''): string => `/proc/self/fd/${fd}${name === '' ? '' : `/${name}`}`;
