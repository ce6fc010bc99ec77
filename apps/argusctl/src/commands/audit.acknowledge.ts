import { defineCommand } from '../command.ts';
import { fields, timeOf } from '../render/view.ts';

export const auditAcknowledge = defineCommand({
  name: 'audit acknowledge',
  summary: 'Say that somebody has looked at an alert, and why that is enough',
  positionals: { alert: { value: 'alert', show: 'ALERT', about: 'one of argusctl audit alerts' } },
  flags: { reason: { value: 'reason', show: 'TEXT', isRequired: true, about: "why; kept in the tenant's log for good" } },
  secrets: [],
  writes: true,
  example: 'argusctl audit acknowledge 0196a0a0-0000-7000-8000-000000000002 --reason "it was a test"',
  run: ({ api, answer }, { alert, reason }) =>
    answer(api.acknowledgeAlert(alert, { reason }), (done) => [
      fields({ alert: done.id, kind: done.kind, says: done.says, 'acknowledged by': done.acknowledged?.by ?? null, at: timeOf(done.acknowledged?.at ?? null) }),
    ]),
});
