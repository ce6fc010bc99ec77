/**
 * A patch before it is sent: everything the machine will ask that can be known here. Whether its signatures are those of keys the
 * machine trusts cannot: the machine names them to its owner only. Pure.
 */
import { fromBase64, utf8 } from '@argus/kit/bytes.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import type { Verify } from '@argus/evidence/entry.ts';
import { sha256 } from '@argus/evidence/sha256.ts';
import { deny, denyWith, type Denial } from '@argus/protocol/errors.ts';
import type { AgentId } from '@argus/protocol/ids.ts';
import { contentOf, PATCH_TEXT_MAX, PatchKeys, readPatch, refusalFor, type PatchFile, type PatchKey, type PatchManifest, type ReadPatch } from '@argus/protocol/patch.ts';
import { signedText } from '@argus/protocol/signature.ts';

export type CheckedPatch = { readonly manifest: PatchManifest; readonly files: readonly PatchFile[]; readonly read: ReadPatch; readonly raw: Readonly<Record<string, unknown>> };

export function checkPatch(text: string, { agent, now }: { readonly agent: AgentId; readonly now: number }): Result<CheckedPatch, Denial> {
  if (text.length > PATCH_TEXT_MAX) return err(denyWith('bad_args', { problems: [`it is larger than ${PATCH_TEXT_MAX} bytes`] }));
  const raw = parsed(text);
  if (raw === null) return err(denyWith('bad_args', { problems: ['it is no JSON object: choose the file that argus-sign wrote'] }));
  const read = readPatch(raw);
  if (!read.ok) return read;
  const { manifest, signatures } = read.value;
  if (signatures.length === 0) return err(deny('patch_signature_invalid'));
  const refusal = refusalFor(manifest, { agent, now, isSeen: () => false }); // which ids it has seen only the machine knows
  if (refusal) return err(refusal);
  const files = contentOf(manifest, sha256);
  return files.ok ? ok({ manifest, files: files.value, read: read.value, raw }) : files;
}

function parsed(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : null; // looked at by its schema
  } catch {
    return null;
  }
}

export const readKeys = (text: string): readonly PatchKey[] | null => PatchKeys.safeParse(keysIn(text)).data ?? null;
const keysIn = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};

export type Signed = { readonly key: string; readonly is: 'good' | 'bad' | 'unknown' };

/** Each signature against the keys somebody has at hand, for instance the file a machine was enrolled with. */
export async function checkSignatures({ signed, signatures }: ReadPatch, keys: readonly PatchKey[], verify: Verify): Promise<readonly Signed[]> {
  const message = utf8(signedText('patch', signed));
  return Promise.all(
    signatures.map(async ({ key_id: key, sig }) => {
      const [publicKey, signature] = [fromBase64(keys.find(({ key_id }) => key_id === key)?.public_key ?? ''), fromBase64(sig)];
      if (!publicKey || publicKey.length === 0 || !signature) return { key, is: 'unknown' as const };
      return { key, is: (await verify(publicKey, message, signature)) ? ('good' as const) : ('bad' as const) };
    }),
  );
}
