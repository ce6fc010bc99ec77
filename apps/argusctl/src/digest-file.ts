/** SHA-256 of a file of any size, so that a document itself never has to be sent. */
export type FileDigest =
  | { readonly kind: 'digest'; readonly sha256: string; readonly bytes: number }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unreadable'; readonly why: string };
export type DigestFile = (path: string) => Promise<FileDigest>;
