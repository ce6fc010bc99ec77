import { defineCommand, usage, type Context } from '../command.ts';
import type { Download } from '@argus/client/download.ts';
import { saveDownload, sizeOf } from '../save-download.ts';
import { aside, fields } from '../render/view.ts';

export const auditExport = defineCommand({
  name: 'audit export',
  summary: "Entries of a tenant's log for another system, one per line",
  positionals: { tenant: { value: 'tenant', show: 'TENANT', about: 'whose log' } },
  flags: {
    format: { value: 'format', show: 'FORMAT', about: 'ndjson (exact texts, when left out) or ocsf (for a SIEM)' },
    out: { value: 'outFile', show: 'FILE', about: 'where it goes: a file, whole or not at all; without it, standard output' },
    'from-entry': { value: 'place', show: 'N', about: 'only from this entry on' },
    'to-entry': { value: 'place', show: 'N', about: 'only up to and without this entry' },
  },
  secrets: [],
  writes: false,
  example: 'argusctl audit export UTD_7ELEVEN_001 --format ocsf --out events.ndjson',
  details: async () => ['To go on later: --from-entry with one more than the last number that arrived.'],
  async run(ctx, { tenant, format, out, 'from-entry': from, 'to-entry': to }) {
    if (from !== undefined && to !== undefined && from >= to) return ctx.refuse(usage('--from-entry is not before --to-entry.'));
    const request = ctx.logApi.logExport(tenant, { ...(format && { format }), ...(from !== undefined && { from }), ...(to !== undefined && { to }) });
    if (out === undefined) return toStdout(ctx, request);
    const saved = await saveDownload(ctx, request, out);
    if ('kind' in saved) return ctx.refuse(saved);
    return ctx.show({ tenant_id: tenant, format: format ?? 'ndjson', out, bytes: saved.bytes }, [fields({ file: out, size: sizeOf(saved.bytes), tenant, format: format ?? 'ndjson' }), aside(''), aside('Its numbers go up by one; one that is missing is an entry that is not there.')]);
  },
});

/** Line by line. What would do something to a terminal is spelled \uXXXX, which JSON reads as the same text. */
async function toStdout({ open, write, refuse }: Context, request: Download): Promise<number> {
  const { harmless } = await import('../render/json.ts');
  const opened = await open(request);
  if (!opened.ok) return refuse(opened.error);
  const decoder = new TextDecoder();
  let rest = '';
  for await (const piece of opened.value.pieces) {
    if (!piece.ok) return refuse(piece.error);
    const lines = (rest + decoder.decode(piece.value, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    if (lines.length > 0) write(`${lines.map(harmless).join('\n')}\n`);
  }
  if (rest !== '') return refuse({ kind: 'local', code: 'does_not_hold', says: 'The last line came without its end', hint: 'Go on with --from-entry after the last one that is whole.' });
  return 0;
}
