/** A tenant's log over HTTP, page by page. What answers is not trusted: sizes are bounded, and it is never followed elsewhere. */
import { LogCheckpoint, LogEntries, LogReceipts } from '@argus/protocol/http/log.ts';
import type { SignedReceipt } from '@argus/evidence/receipts.ts';
import type { RawEntry } from '@argus/evidence/entry.ts';
import type { TenantId } from '@argus/protocol/ids.ts';
import { cleanText, redactKeys } from '@argus/protocol/text.ts';
import type { z } from 'zod';
import { cannotBeRead, usage } from '../stop.ts';

export type LogAt = { readonly url: string; readonly tenant: TenantId; readonly pat: string; readonly fetch: typeof globalThis.fetch };

/** A thousand entries of the largest size, each escaped once more. */
const ANSWER_BYTES_MAX = 64 * 1_048_576;
const WITHIN_MS = 60_000;
const RECEIPTS_MAX = 10_000;
const RECEIPTS_CHARACTERS_MAX = 64 * 1_048_576; // they are held in memory while the entries pass by
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/** A token goes out encrypted, or stays on this machine. */
export function serverUrl(raw: string): string {
  const url = URL.parse(raw);
  if (!url || !['http:', 'https:'].includes(url.protocol)) return usage('Name the server by its address, as https://ops.example.');
  if (url.username !== '' || url.password !== '' || url.search !== '') return usage('Put no secret into the address: others on this machine can see it. See --pat-file.');
  return url.protocol === 'https:' || LOOPBACK.includes(url.hostname) ? url.href : usage('Your token would go over the network in the clear. Use the https address of the server.');
}

export const readCheckpointAt = (at: LogAt) => get(at, 'checkpoint', LogCheckpoint);

/** Up to `size`. A server that stops giving leaves the log short, which is found where the entries are counted. */
export async function* readEntriesAt(at: LogAt, size: number): AsyncGenerator<RawEntry> {
  for (let from = 0; from < size; ) {
    const { entries } = await get(at, `entries?from=${from}&to=${size}`, LogEntries);
    if (entries.length === 0) return;
    yield* entries;
    from += entries.length;
  }
}

/** Consents the tenant signed itself, of entries below `size`. A server that gives more than any tenant signs, or the same for ever, is no log. */
export async function readReceiptsAt(at: LogAt, size: number): Promise<readonly SignedReceipt[]> {
  const receipts = new Map<string, SignedReceipt>();
  let characters = 0;
  for (let from: number | null = 0; from !== null && from < size; ) {
    const { receipts: page, next }: LogReceipts = await get(at, `receipts?from=${from}`, LogReceipts);
    for (const { index, ...one } of page) {
      const name = `${one.key} ${one.signature}`;
      if (index >= size || receipts.has(name)) continue;
      receipts.set(name, one);
      characters += JSON.stringify(one.receipt).length;
    }
    const isStuck = next !== null && (next <= from || page.length === 0);
    if (isStuck || receipts.size > RECEIPTS_MAX || characters > RECEIPTS_CHARACTERS_MAX) return cannotBeRead('What the server answers for signed consents has no end.');
    from = next;
  }
  return [...receipts.values()];
}

async function get<T extends z.ZodType>({ url, tenant, pat, fetch }: LogAt, path: string, schema: T): Promise<z.infer<T>> {
  const address = new URL(`v1/tenants/${tenant}/log/${path}`, url.endsWith('/') ? url : `${url}/`);
  const where = `${address.origin} (${path.split('?')[0] ?? ''})`;
  let status: number;
  let text: string;
  try {
    const answer = await fetch(address, { headers: { authorization: `Bearer ${pat}`, accept: 'application/json' }, redirect: 'error', signal: AbortSignal.timeout(WITHIN_MS) });
    status = answer.status;
    text = await bounded(answer);
  } catch (problem) {
    const why = problem instanceof Error ? (problem.cause instanceof Error ? problem.cause.message : problem.message) : String(problem);
    return cannotBeRead(`${where} could not be reached: ${redactKeys(cleanText(why, 200))}.`);
  }
  if (status !== 200) return cannotBeRead(refusalOf(where, status, text));
  const read = schema.safeParse(jsonOf(text));
  return read.success ? read.data : cannotBeRead(`What ${where} answers is not a log of Argus.`);
}

async function bounded(answer: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of answer.body ?? []) {
    bytes += part.length;
    if (bytes > ANSWER_BYTES_MAX) throw new Error('it answers more than any page of a log');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function refusalOf(where: string, status: number, text: string): string {
  const { code, title, hint } = (jsonOf(text) ?? {}) as { code?: unknown; title?: unknown; hint?: unknown }; // each is looked at before it is shown
  const words = [title, hint].filter((word) => typeof word === 'string').map((word) => redactKeys(cleanText(word, 200)));
  return `${where} refused with ${status}${typeof code === 'string' ? ` ${cleanText(code, 64)}` : ''}. ${words.join('. ')}`.trim();
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
