import type { Fetch } from '../src/client.ts';

export type Sent = { readonly url: string; readonly init: RequestInit; readonly headers: Readonly<Record<string, string>> };

/** Answers everything with the same, and keeps what was sent. */
export function fakeFetch(status: number, body: unknown): { readonly fetch: Fetch; readonly sent: Sent[] } {
  const sent: Sent[] = [];
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return {
    sent,
    fetch: async (url, init) => {
      sent.push({ url, init, headers: init.headers as Record<string, string> });
      return new Response(text, { status });
    },
  };
}
