import { defineCommand } from '../command.ts';
import { momentText } from '../moments.ts';
import { EXITS_ATTENTION } from '../exits.ts';
import { fields, idsOf, line, table, timeOf } from '../render/view.ts';

export const auditReconcile = defineCommand({
  name: 'audit reconcile',
  summary: 'Compare the records row by row, now: of the last 24 hours, or longer',
  positionals: {},
  flags: {
    from: { value: 'moment', show: 'TIME', about: 'from then on: 2026-03-01T12:00:00Z, or 24h for as long ago' },
    to: { value: 'moment', show: 'TIME', about: 'up to then' },
  },
  secrets: [],
  writes: true,
  example: 'argusctl audit reconcile --from 7d',
  details: async () => ['Audit rows, events and trees are compared, and the trees recomputed. A mismatch is exit code 124.'],
  async run({ api, answer, ask, refuse, show, progress, clock, isDryRun }, { from, to }) {
    const request = api.reconcile({ ...(from && { from: momentText(from, clock) }), ...(to && { to: momentText(to, clock) }) });
    if (isDryRun) return answer(request, () => []);
    progress('comparing; this may take minutes');
    const done = await ask(request);
    if (!done.ok) return refuse(done.error);
    const r = done.value;
    show(r, [
      idsOf(r.id),
      fields({ audit: r.id, outcome: r.outcome, from: timeOf(r.from), to: timeOf(r.to), 'audit rows': r.audit_rows, events: r.events, leaves: r.leaves, trees: r.trees, mismatches: r.mismatches }),
      ...(r.findings.length === 0 ? [] : [line(''), table(['FINDING', 'LOG', 'ENTRY', 'SAYS'], r.findings.map((f) => [f.what, f.tree, f.index, f.says]), '')]),
    ]);
    return r.outcome === 'reconciled' ? 0 : EXITS_ATTENTION;
  },
});
