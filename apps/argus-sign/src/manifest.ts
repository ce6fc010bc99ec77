import type { Json } from '@argus/kit/canonical-json.ts';
import { contentOf, readPatch, refusalFor, type PatchManifest, type ReadPatch } from '@argus/protocol/patch.ts';
import { ERRORS, type Denial } from '@argus/protocol/errors.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { cleanText } from '@argus/protocol/text.ts';
import { readJson } from './files.ts';
import { EXIT, Stop } from './stop.ts';

/** The machine's own no, with its own exit code. */
export function refused({ code, facts }: Denial, why: readonly string[] = []): never {
  const { title, hint, exit } = ERRORS[code];
  const problems = [...(facts?.problems ?? []), ...why].map((problem) => `\n  ${problem}`).join('');
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

/** Enough to read a configuration by; all of it is in --json. */
const SHOWN_CHARACTERS = 16_384;

type File = PatchManifest['files'][number];
const textOf = ({ content_base64 }: File): string | null => {
  const text = Buffer.from(content_base64, 'base64').toString('utf8');
  return text.includes('\ufffd') ? null : text;
};
export const withContents = (manifest: PatchManifest) => ({ ...summaryOf(manifest), files: manifest.files.map((file) => ({ path: file.path, sha256: file.sha256, size: file.size, ...(textOf(file) === null ? { base64: file.content_base64 } : { text: textOf(file) }) })) });

/** What would stand in each file, line by line and plain: whoever wrote it may have meant it for a terminal. */
export const contentsText = ({ files }: PatchManifest): string =>
  files
    .map((file) => {
      const text = textOf(file);
      const lines = text === null ? ['(no text; --json has it in base64)'] : text.slice(0, SHOWN_CHARACTERS).replace(/\n$/, '').split('\n').map((line) => cleanText(line, line.length));
      const rest = (text?.length ?? 0) - SHOWN_CHARACTERS;
      return `\n${cleanText(file.path, 128)}:\n${[...lines, ...(rest > 0 ? [`(and ${rest} characters more; --json has all of it)`] : [])].map((line) => `  | ${line}\n`).join('')}`;
    })
    .join('');
