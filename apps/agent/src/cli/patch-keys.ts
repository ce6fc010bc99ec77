import { parseJson } from '@argus/protocol/handshake.ts';
import { EXAMPLE_PATCH_KEY, PatchKeys } from '@argus/protocol/patch.ts';
import { problemsOf } from '@argus/protocol/problems.ts';
import type { TrustFile } from '@argus/protocol/trust.ts';
import { mustReadFile, stop } from './stop.ts';

/** Who may sign patches for this machine, from a file that somebody brought to it. Nobody, when there is none. */
export function patchTrustOf(path: string | undefined, threshold: string | undefined): TrustFile['patch'] {
  if (path === undefined) return threshold === undefined ? { keys: [], threshold: 1 } : stop('--patch-threshold says how many of the keys have to sign: name them with --patch-keys FILE.');
  const parsed = PatchKeys.safeParse(parseJson(mustReadFile(path, 'list of patch keys')));
  if (!parsed.success) return stop(`The list of patch keys does not fit: ${problemsOf(parsed.error).join('; ')}. argus-sign public prints one that does.`);
  const keys = parsed.data;
  const needed = Number(threshold ?? '1');
  if (!/^\d{1,2}$/.test(threshold ?? '1') || needed < 1 || needed > keys.length) return stop(`--patch-threshold is a number from 1 to ${keys.length}, as many as there are keys.`);
  if (new Set(keys.map((key) => key.key_id)).size < keys.length || new Set(keys.map((key) => key.public_key)).size < keys.length)
    return stop('The list of patch keys names one key twice. Each counts once, so each stands there once.');
  if (keys.some((key) => key.public_key === EXAMPLE_PATCH_KEY.public_key)) return stop('The list of patch keys has the key of the documentation in it, with which everybody can sign. Make your own with argus-sign keygen.');
  return { keys, threshold: needed };
}
