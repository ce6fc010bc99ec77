/** The browser's own randomness: the only place it is taken from. */
export const random = (bytes: number): Uint8Array => crypto.getRandomValues(new Uint8Array(bytes));
