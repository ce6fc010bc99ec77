/** What this browser computes over a file of whoever sits here. The file stays where it is: nothing of it is sent or kept. */
import { toHex } from '@argus/kit/bytes.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import type { Verify } from '@argus/evidence/entry.ts';
import { webCrypto } from '@argus/evidence/web-crypto.ts';

const NOT_HERE = 'This browser computes nothing on a page that did not come over https. Open the server by https, or use argusctl tenant consent record.';

export async function sha256Of(file: Blob): Promise<Result<string, string>> {
  if (!globalThis.isSecureContext) return err(NOT_HERE);
  try {
    return ok(toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', await file.arrayBuffer()))));
  } catch {
    return err('This file cannot be read. It may have changed since you chose it: choose it again.');
  }
}

/** Older browsers have no Ed25519, and over plain http from elsewhere there is no WebCrypto: then nothing is said of any signature. */
export async function canVerify(): Promise<boolean> {
  try {
    await crypto.subtle.importKey('raw', new Uint8Array(32), { name: 'Ed25519' }, false, ['verify']);
    return true;
  } catch {
    return false;
  }
}
export const verifierHere = async (): Promise<Verify | null> => ((await canVerify()) ? webCrypto(crypto.subtle).verify : null);
