/** What `apps/console/build.ts` made; nothing where nobody built it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConsoleFile } from '../../http/console.ts';

const DIST = join(import.meta.dirname, '../../../../console/dist');

export const readConsoleFiles = (): readonly ConsoleFile[] =>
  existsSync(DIST) ? readdirSync(DIST).map((name) => ({ name, text: readFileSync(join(DIST, name), 'utf8') })) : [];
