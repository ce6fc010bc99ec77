import type { Json } from '@argus/kit/canonical-json.ts';
import { contentOf, readPatch, refusalFor, type PatchManifest, type ReadPatch } from '@argus/protocol/patch.ts';
import { ERRORS, type Denial } from '@argus/protocol/errors.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { cleanText } from '@argus/protocol/text.ts';
import { readJson } from './files.ts';
import { EXIT, Stop } from './stop.ts';

/** The machine's own no, with its own exit code. */
export function refused({ code, facts }: Denial): never {
  const { title, hint, exit } = ERRORS[code];
  const problems = (facts?.problems ?? []).map((problem) => `\n  ${problem}`).join('');
  throw new Stop(`${title} (${code}).${problems}\n${code === 'bad_args' ? 'It is not a patch as machines take it.' : hint}`, { exit: code === 'bad_args' ? EXIT.file : exit, code });
}

export function readPatchFile(path: string): ReadPatch {
  const read = readPatch(readJson(path, 'patch'));
  return read.ok ? read.value : refused(read.error);
}

/** Nobody signs what every machine would refuse. */
export function mustBeApplicable(manifest: PatchManifest): void {
  const denial = refusalFor(manifest, { agent: manifest.agent, now: Date.parse(manifest.not_before), isSeen: () => false });
  if (denial) refused(denial);
  const contents = contentOf(manifest, sha256);
  if (!contents.ok) refused(contents.error);
}

/** All of it but the contents. */
export const summaryOf = ({ files, ...rest }: PatchManifest) => ({ ...rest, files: files.map(({ path, sha256: digest, size }) => ({ path, sha256: digest, size })) });

export const summaryText = (manifest: PatchManifest): string => {
  const { id, agent, not_before, not_after, note } = manifest;
  const lines = [`${id} for ${agent}`, `from ${not_before} until ${not_after}`, ...(note === '' ? [] : [`note: ${note}`]), ...manifest.files.map(({ path, size, sha256: digest }) => `  ${path}  ${size} bytes  sha256 ${digest}`)];
  return lines.map((line) => `${cleanText(line, 600)}\n`).join('');
};
export const patchText = (manifest: Json, signatures: ReadPatch['signatures']): string => `${JSON.stringify({ manifest, signatures }, null, 1)}\n`;
