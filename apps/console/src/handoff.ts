/** What argusctl put into the address of its page, and the way back to it. Anybody can make such an address. */
import { base64UrlOf32, PAT_NAME_MAX } from '@argus/protocol/http/pats.ts';
import { cleanText } from '@argus/protocol/text.ts';

export type Asked = { readonly challenge: string; readonly state: string; readonly port: number; readonly name: string };

const PORT_MIN = 1_024; // below it, what listens is no program somebody just started
const PORT_MAX = 65_535;

/** Null: not whole, and nothing can be approved with it. */
export function askedIn(query: URLSearchParams): Asked | null {
  const one = (name: string): string => (query.getAll(name).length === 1 ? (query.get(name) ?? '') : '');
  const [challenge, state, port] = [one('challenge'), one('state'), /^[1-9]\d{3,4}$/.test(one('port')) ? Number(one('port')) : 0];
  const isWhole = [challenge, state].every((text) => base64UrlOf32().safeParse(text).success) && port >= PORT_MIN && port <= PORT_MAX;
  return isWhole ? { challenge, state, port, name: cleanText(one('name'), PAT_NAME_MAX).trim() } : null;
}

/** To this very machine, whatever the address said: a code that went anywhere else would be somebody else's. */
export const wayBack = ({ port, state }: Asked, code: string): string => `http://127.0.0.1:${port}/?${String(new URLSearchParams({ code, state }))}`;
