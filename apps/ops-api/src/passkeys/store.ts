/** What is kept of passkeys. Adding and removing one are deeds, committed with their entry; using one only counts. */
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
  /** Never one that somebody has, or had, and never more than `of` of them. */
  | { readonly do: 'add_passkey'; readonly passkey: Passkey & { readonly of: number } }
  | { readonly do: 'rename_passkey'; readonly user: UserId; readonly passkey: PasskeyId; readonly name: string }
  /** `keepsOne`: whose it is needs a second factor, and keeps the last. */
  | { readonly do: 'remove_passkey'; readonly user: UserId; readonly passkey: PasskeyId; readonly keepsOne: boolean; readonly at: number };

export interface PasskeyStore {
  byCredential(credentialId: Uint8Array): Promise<Passkey | null>;
  /** Oldest first, without the removed. */
  ofUser(user: UserId): Promise<readonly Passkey[]>;
  /** True when the counter went on, or never counts: of two uses with one count, one. */
  used(id: PasskeyId, counter: number, at: number): Promise<boolean>;
}
