import { defineCommand } from '../command.ts';
import { aside, table, timeOf } from '../render/view.ts';

export const auditAlerts = defineCommand({
  name: 'audit alerts',
  summary: 'Alerts that nobody has acknowledged, newest first',
  positionals: {},
  flags: { all: { value: 'switch', about: 'also those that were acknowledged' } },
  secrets: [],
  writes: false,
  example: 'argusctl audit alerts',
  run: ({ api, answer, argusctl }, { all }) =>
    answer(api.listAlerts(all ? 'all' : 'open'), ({ alerts }) => [
      table(
        ['ALERT', 'SEVERITY', 'LAST', 'TIMES', 'TENANT', 'AGENT', 'ACKNOWLEDGED', 'SAYS'],
        alerts.map((a) => [a.id, a.severity, timeOf(a.last_at), a.times, a.tenant_id, a.agent_id, a.acknowledged && a.acknowledged.by, `${a.kind}: ${a.says}`]),
        all ? 'No alerts.' : 'No alerts wait for anybody.',
      ),
      ...(alerts.some((a) => a.acknowledged === null) ? [aside(''), aside(`${argusctl} audit acknowledge ALERT --reason "…"`)] : []),
    ]),
});
