/** The token: from a file only its owner can read, from standard input, or from the environment. Arguments are seen by everybody. */
import { parseId } from '@argus/protocol/ids.ts';
import { readSecret } from './adapters/files.ts';
import { flag, type Given, type World } from './command.ts';
import { usage } from './stop.ts';

export async function patFrom(given: Given, { env, stdin }: Pick<World, 'env' | 'stdin'>): Promise<string> {
  const file = flag(given, 'pat-file') ?? env['ARGUS_PAT_FILE'];
  const raw = file === undefined ? env['ARGUS_PAT'] : file === '-' ? (await stdin()).trim() : readSecret(file, 'token');
  if (raw === undefined) return usage('Reading a log takes a token with the scope logs:read: --pat-file FILE, ARGUS_PAT_FILE or ARGUS_PAT.');
  return parseId('pat', raw) ?? usage('What was given as a token is none: one begins with pat_.');
}
