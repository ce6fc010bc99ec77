/** An install root that is a map. Held to the same tests as the one on disk (patches.test.ts beside that). */
import { err, ok } from '@argus/kit/result.ts';
import { sha256Hex } from '@argus/keys/hash.ts';
import { deny } from '@argus/protocol/errors.ts';
import { isPatchable } from '@argus/protocol/patch.ts';
import type { Patches } from '../src/ports.ts';

export function memoryPatches(touch: () => Promise<void> = async () => undefined): Patches & { readonly contents: Map<string, Uint8Array> } {
  const contents = new Map<string, Uint8Array>();
  const seen = new Set<string>();
  return {
    contents,
    isSeen: (id) => seen.has(id),
    async apply({ id, files }, isStillWanted) {
      if (seen.has(id)) return err(deny('patch_replayed'));
      if (!files.every(({ path }) => isPatchable(path))) return err(deny('patch_target_not_allowlisted'));
      try {
        await touch();
      } catch {
        return err(deny('patch_not_applied'));
      }
      if (seen.has(id)) return err(deny('patch_replayed')); // meanwhile
      if (!isStillWanted()) return err(deny('session_expired'));
      seen.add(id);
      return ok(
        files.map(({ path, bytes, sha256 }) => {
          const before = contents.get(path);
          contents.set(path, bytes);
          return { path, before_sha256: before ? sha256Hex(before) : null, after_sha256: sha256 };
        }),
      );
    },
  };
}
