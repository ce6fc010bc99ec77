import { toBase64Url } from '@argus/kit/bytes.ts';

/** 24 random bytes: counts once, wherever it is sent. */
export const newNonce = (): string => toBase64Url(crypto.getRandomValues(new Uint8Array(24)));
