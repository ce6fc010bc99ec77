import { defineCommand } from '../command.ts';
import { saveDownload, sizeOf } from '../save-download.ts';
import { aside, fields } from '../render/view.ts';

export const sessionExport = defineCommand({
  name: 'session export',
  summary: 'Save one session as a bundle: what the log has of it, to check offline',
  positionals: { session: { value: 'session', show: 'RSS', about: 'the session (rss_…)' } },
  flags: { out: { value: 'outFile', show: 'FILE', isRequired: true, about: 'where it goes: a file, whole or not at all' } },
  secrets: [],
  writes: false,
  example: 'argusctl session export rss_ghdaqs8n3yx7seezy8gz --out session.tar',
  async run(ctx, { session, out }) {
    const shown = await ctx.ask(ctx.api.showSession(session));
    if (!shown.ok) return ctx.refuse(shown.error);
    const tenant = shown.value.tenant_id;
    const saved = await saveDownload(ctx, ctx.logApi.logBundle(tenant, { kind: 'session', session }), out);
    if ('kind' in saved) return ctx.refuse(saved);
    return ctx.show({ session_id: session, tenant_id: tenant, out, bytes: saved.bytes }, [
      fields({ file: out, size: sizeOf(saved.bytes), session, tenant }),
      aside(''),
      aside(`To check it, also without us: argus-verify bundle ${out} --trust trust.json`),
    ]);
  },
});
