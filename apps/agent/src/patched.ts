/** What a patch that was applied is called in the owner's own record: its files and its note, never a content. Pure. */
import type { Call } from '@argus/protocol/commands/index.ts';
import { PatchManifest } from '@argus/protocol/patch.ts';
import { cleanText } from '@argus/protocol/text.ts';
import type { Patched } from './activity.ts';

/** Null: it is no patch. Of one that was not applied nothing is ever described, so this is for those that were. */
export function patchedBy(call: Call): Patched | null {
  if (call.name !== 'apply_patch') return null;
  const manifest = PatchManifest.safeParse(call.args.patch['manifest']);
  return manifest.success ? { files: manifest.data.files.map(({ path }) => cleanText(path, 128)), note: cleanText(manifest.data.note, 500) } : null;
}
