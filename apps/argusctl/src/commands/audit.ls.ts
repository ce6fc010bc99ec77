import type { ApiCallView, EventView, SupportAuditView } from '@argus/protocol/http/audit.ts';
import { defineCommand, usage } from '../command.ts';
import { momentText } from '../moments.ts';
import { aside, table, timeOf, type Block, type View } from '../render/view.ts';

export const auditLs = defineCommand({
  name: 'audit ls',
  summary: 'What was tried and what came of it, newest first',
  positionals: {},
  flags: {
    record: { value: 'record', show: 'WHICH', about: 'attempts (when left out), calls of the API, or events' },
    tenant: { value: 'tenant', show: 'TENANT', about: 'only of this tenant' },
    agent: { value: 'agent', show: 'AGENT', about: 'attempts about this agent' },
    'session-id': { value: 'session', show: 'RSS', about: 'attempts in this session' },
    operator: { value: 'words', show: 'E-MAIL', about: 'by this operator, exactly' },
    code: { value: 'words', show: 'CODE', about: 'attempts that were answered with this code' },
    from: { value: 'moment', show: 'TIME', about: 'from then on: 2026-03-01T12:00:00Z, or 24h for as long ago' },
    to: { value: 'moment', show: 'TIME', about: 'up to then' },
    limit: { value: 'lines', show: 'N', about: 'rows of a page: 1 to 500, 100 when left out' },
    cursor: { value: 'words', show: 'CURSOR', about: 'the next page: next_cursor of the one before' },
  },
  secrets: [],
  writes: false,
  example: 'argusctl audit ls --tenant UTD_7ELEVEN_001 --from 24h',
  async run({ api, answer, clock, argusctl, refuse }, { record = 'attempts', tenant, agent, 'session-id': session, operator, code, from, to, limit, cursor }) {
    const ofAttempts = agent !== undefined || session !== undefined || code !== undefined;
    if (record !== 'attempts' && (ofAttempts || (record === 'events' && operator !== undefined))) return refuse(usage(`--record ${record} cannot be asked for that.`, 'See argusctl audit ls --help.'));
    const page = { tenant, limit, cursor, ...(from && { from: momentText(from, clock) }), ...(to && { to: momentText(to, clock) }) };
    const more = (next: string | null): View => (next === null ? [] : [aside(''), aside(`There is more: ${argusctl} audit ls … --cursor ${next}`)]);
    if (record === 'calls') return answer(api.auditLog({ ...page, actor: operator }), ({ rows, next_cursor }) => [callsTable(rows), ...more(next_cursor)]);
    if (record === 'events') return answer(api.events(page), ({ rows, next_cursor }) => [eventsTable(rows), ...more(next_cursor)]);
    return answer(api.supportAudit({ ...page, agent, session, operator, code }), ({ rows, next_cursor }) => [attemptsTable(rows), ...more(next_cursor)]);
  },
});

const NONE = 'Nothing on record that fits.';
const attemptsTable = (rows: readonly SupportAuditView[]): Block =>
  table(
    ['AT', 'OPERATOR', 'ACTION', 'PHASE', 'OUTCOME', 'TENANT', 'AGENT', 'FROM', 'REASON'],
    rows.map((r) => [timeOf(r.at), r.operator, r.command === null ? r.action : `${r.action} ${r.command}`, r.phase, r.code ?? r.outcome, r.tenant_id, r.agent_id, r.ip, r.reason]),
    NONE,
  );
const callsTable = (rows: readonly ApiCallView[]): Block =>
  table(['AT', 'ACTOR', 'STATUS', 'TOOK', 'TENANT', 'FROM', 'CALL'], rows.map((r) => [timeOf(r.at), r.actor, r.status, `${r.latency_ms} ms`, r.tenant_id, r.ip, `${r.method} ${r.route}`]), NONE);
const eventsTable = (rows: readonly EventView[]): Block => table(['AT', 'LOG', 'ENTRY', 'TYPE'], rows.map((r) => [timeOf(r.at), r.tree, r.leaf_index, r.type]), NONE);
