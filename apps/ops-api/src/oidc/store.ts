/** Who somebody is at the identity provider. An e-mail can be given to somebody else there; a subject never is. */
import type { UserId } from '@argus/protocol/ids.ts';
import type { NewUser } from '../people/store.ts';

export type Subject = { readonly issuer: string; readonly subject: string };
export type OidcDeed =
  /** Somebody who was never here. */
  | { readonly do: 'join_from_provider'; readonly user: NewUser; readonly of: Subject; readonly at: number }
  /** Somebody who was, before there was a provider. Each user is one subject, and each subject one user. */
  | { readonly do: 'bind_subject'; readonly user: UserId; readonly of: Subject; readonly at: number };

export interface SubjectStore {
  userOf(of: Subject): Promise<UserId | null>;
  isBound(user: UserId): Promise<boolean>;
}
