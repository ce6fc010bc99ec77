import type { Random } from '@argus/keys/random.ts';

/** Ten codes for whoever loses the phone, each for once. 50 random bits: they are kept hashed, and counted like passwords. */
export const RECOVERY_CODES = 10;
const ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789'; // 32, and nothing that looks like something else
const LETTERS = 10;

export const newRecoveryCodes = (random: Random): readonly string[] =>
  Array.from({ length: RECOVERY_CODES }, () => {
    const text = Array.from(random(LETTERS), (byte) => ALPHABET.charAt(byte & 31)).join('');
    return `${text.slice(0, 5)}-${text.slice(5)}`;
  });

/** As it is kept: however it was typed. */
export const bareCode = (typed: string): string => typed.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
