import type { EventView } from '@argus/protocol/http/audit.ts';
import { defineCommand, type Context } from '../command.ts';
import { patiently } from '../patient.ts';
import { idsOf, line, timeOf, type View } from '../render/view.ts';

/** Reading the record is itself on record: a line every few seconds is enough. */
const ASK_EVERY_MS = 3_000;
const SEEN_MAX = 10_000;

export const logsTail = defineCommand({
  name: 'logs tail',
  summary: 'The newest entries of all logs within your reach, oldest of them first',
  positionals: {},
  flags: {
    tenant: { value: 'tenant', show: 'TENANT', about: 'only of this tenant' },
    type: { value: 'words', show: 'TYPE', about: 'only this type: docs/reference/events.md' },
    lines: { value: 'lines', show: 'N', about: 'how many to begin with: 1 to 500, 20 when left out' },
    follow: { value: 'switch', about: 'go on with what comes; Ctrl-C stops it' },
  },
  secrets: [],
  writes: false,
  example: 'argusctl logs tail --tenant UTD_7ELEVEN_001 --follow',
  async run(ctx, { tenant, type, lines = 20, follow }) {
    const { EVENT_TYPES } = await import('@argus/protocol/leaf.ts');
    if (type !== undefined && !Object.hasOwn(EVENT_TYPES, type)) return ctx.refuse({ kind: 'local', code: 'usage', says: '--type: there is no such type of entry.', hint: 'docs/reference/events.md lists them.' });
    const asked = { tenant, type: type as keyof typeof EVENT_TYPES | undefined };
    const first = await ctx.ask(ctx.api.events({ ...asked, limit: lines }));
    if (!first.ok) return ctx.refuse(first.error);
    const rows = first.value.rows.toReversed();
    if (!follow) return ctx.show({ rows: first.value.rows, next_cursor: first.value.next_cursor }, rows.length === 0 ? [line('Nothing yet.')] : rows.flatMap(eventView));
    return followed(ctx, asked, rows);
  },
});

type Asked = Parameters<Context['api']['events']>[0];

async function followed(ctx: Context, asked: Asked, begin: readonly EventView[]): Promise<number> {
  const ask = patiently(ctx);
  const { api, tell, refuse, pause, progress } = ctx;
  const seen = new Set<string>();
  let since = begin.at(-1)?.at;
  let rows = begin;
  for (;;) {
    for (const row of rows) {
      if (seen.has(row.id)) continue;
      seen.add(row.id);
      tell(row, eventView(row));
      since = row.at;
    }
    for (const id of seen) if (seen.size > SEEN_MAX) seen.delete(id); // the oldest: a set keeps its order
    progress('waiting for more; Ctrl-C stops');
    await pause(ASK_EVERY_MS);
    const page = await ask(api.events({ ...asked, limit: 500, ...(since !== undefined && { from: since }) }));
    if (!page.ok) return refuse(page.error);
    rows = page.value.rows.toReversed();
  }
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
function eventView({ at, type, tree, leaf_index, body }: EventView): View {
  const said = (typeof body === 'object' && body !== null ? body : {}) as Readonly<Record<string, unknown>>;
  const words = ['phase', 'command', 'outcome', 'code', 'agent', 'operator', 'reason'].map((name) => text(said[name])).filter((word) => word !== '');
  return [idsOf(`${tree}#${leaf_index}`), line(`${timeOf(at) ?? ''}  ${tree} #${leaf_index}  ${type}  ${words.join('  ')}`)];
}
