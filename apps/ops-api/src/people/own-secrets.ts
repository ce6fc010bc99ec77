import { toHex } from '@argus/kit/bytes.ts';
import { secretShaped } from '@argus/protocol/ids.ts';

/**
 * Secrets travel in their own headers. One that stands anywhere else was put there by mistake, and must not be kept: this
 * knows those of this server by their value, and all bearer secrets by their shape.
 */
export type OwnSecrets = {
  /** Is there one anywhere in this JSON? */
  isIn(value: unknown): boolean;
  without(text: string): string;
};

export function ownSecrets({ opsTokens, masterKey }: { readonly opsTokens: readonly string[]; readonly masterKey: Uint8Array }): OwnSecrets {
  const key = Buffer.from(masterKey);
  const known = [...opsTokens, toHex(masterKey), toHex(masterKey).toUpperCase(), key.toString('base64'), key.toString('base64url')].filter((secret) => secret !== '');
  const isSecret = (text: string): boolean => known.some((secret) => text.includes(secret)) || secretShaped().test(text);
  /** Not by recursion: how deep it goes is the caller's choice. */
  function isIn(value: unknown): boolean {
    const left = [value];
    while (left.length > 0) {
      const next = left.pop();
      if (typeof next === 'string' && isSecret(next)) return true;
      if (typeof next !== 'object' || next === null) continue;
      for (const [name, member] of Object.entries(next)) left.push(name, member);
    }
    return false;
  }
  return { isIn, without: (text) => known.reduce((rest, secret) => rest.replaceAll(secret, '[redacted]'), text) };
}
