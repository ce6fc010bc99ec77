import { defineCommand, usage } from '../command.ts';
import { saveDownload, sizeOf } from '../save-download.ts';
import { aside, fields } from '../render/view.ts';

export const logBundle = defineCommand({
  name: 'log bundle',
  summary: 'Save a log, or a stretch of it, with all it takes to check it offline',
  positionals: { tenant: { value: 'tenant', show: 'TENANT', about: 'whose log' } },
  flags: {
    out: { value: 'outFile', show: 'FILE', isRequired: true, about: 'where it goes: a file, whole or not at all' },
    'from-entry': { value: 'place', show: 'N', about: 'only from this entry on' },
    'to-entry': { value: 'place', show: 'N', about: 'only up to and without this entry' },
  },
  secrets: [],
  writes: false,
  example: 'argusctl log bundle UTD_7ELEVEN_001 --out log.tar',
  async run(ctx, { tenant, out, 'from-entry': from, 'to-entry': to }) {
    if (from !== undefined && to !== undefined && from >= to) return ctx.refuse(usage('--from-entry is not before --to-entry.'));
    const isPart = from !== undefined || to !== undefined;
    const asked = isPart ? { kind: 'period' as const, ...(from !== undefined && { from }), ...(to !== undefined && { to }) } : { kind: 'log' as const };
    const saved = await saveDownload(ctx, ctx.logApi.logBundle(tenant, asked), out);
    if ('kind' in saved) return ctx.refuse(saved);
    return ctx.show({ tenant_id: tenant, kind: asked.kind, out, bytes: saved.bytes }, [
      fields({ file: out, size: sizeOf(saved.bytes), tenant, covers: isPart ? `entries ${from ?? 0} to ${to ?? 'the end'}` : 'all of the log' }),
      aside(''),
      aside(`To check it, also without us: argus-verify bundle ${out} --trust trust.json`),
    ]);
  },
});
