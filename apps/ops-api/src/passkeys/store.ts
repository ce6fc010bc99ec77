/** What is kept of passkeys. Adding and removing one are deeds, committed with their entry; using one only counts. */
import type { ErrorCode } from '@argus/protocol/errors.ts';
import type { PasskeyAlgorithm } from '@argus/protocol/operator-proof.ts';
import type { PasskeyId, UserId } from '@argus/protocol/ids.ts';

export type Passkey = {
  readonly id: PasskeyId;
  readonly user: UserId;
  readonly credentialId: Uint8Array;
  readonly name: string;
  readonly alg: PasskeyAlgorithm;
  readonly publicKey: string; // SPKI in base64
  readonly rpId: string; //      the site it was made for
  readonly counter: number;
  readonly createdAt: number;
  readonly lastUsedAt: number | null;
};

export type PasskeyDeed =
  /** Never one that somebody has, or had. */
  | { readonly do: 'add_passkey'; readonly passkey: Passkey }
  | { readonly do: 'remove_passkey'; readonly user: UserId; readonly passkey: PasskeyId; readonly at: number };
export type PasskeyRefusal = Extract<ErrorCode, 'passkey_refused' | 'not_found'>;

export interface PasskeyStore {
  byCredential(credentialId: Uint8Array): Promise<Passkey | null>;
  /** Oldest first, without the removed. */
  ofUser(user: UserId): Promise<readonly Passkey[]>;
  /** True when the counter went on, or never counts: of two uses with one count, one. */
  used(id: PasskeyId, counter: number, at: number): Promise<boolean>;
}
