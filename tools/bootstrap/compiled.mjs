/**
 * Where Node.js keeps what it has made of our code, so that the next start takes half as long: beside the code, since what
 * is in there is run, and who may write there could change the code itself. Where we may not, nothing is kept.
 */
import { join } from 'node:path';

/** @param {string} root */
export const keepingCompiled = (root) => ({ NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'compiled') });
