/** The audit table and the log are written together and say the same. Where they do not, one of them was changed. */
import { canonicalJson } from '@argus/kit/canonical-json.ts';
import type { SupportAuditView } from '@argus/protocol/http/audit.ts';
import type { Leaf } from '@argus/protocol/leaf.ts';

/** However their members are ordered; what no log could hold is like nothing in it. */
function textOf(args: SupportAuditView['args'] | undefined): string {
  try {
    return canonicalJson(args ?? null);
  } catch {
    return 'not plain JSON';
  }
}

/** By their names in the row. */
export function differences(row: SupportAuditView, leaf: Leaf): readonly string[] {
  const said: Readonly<Record<string, readonly [unknown, unknown]>> = {
    at: [Date.parse(row.at), Date.parse(leaf.at)],
    operator: [row.operator, leaf.operator],
    tenant_id: [row.tenant_id, leaf.tenant],
    agent_id: [row.agent_id, leaf.agent],
    session_id: [row.session_id, leaf.session],
    request_id: [row.request_id, leaf.request_id],
    action: [row.action, leaf.type],
    phase: [row.phase, leaf.phase],
    outcome: [row.outcome, leaf.phase === 'intent' ? undefined : (leaf.outcome ?? 'ok')],
    code: [row.code, leaf.code],
    reason: [row.reason, leaf.reason],
    command: [row.command, leaf.command],
    args: [textOf(row.args), textOf(leaf.args_commit)],
  };
  return Object.entries(said).flatMap(([name, [shown, logged]]) => ((shown ?? null) === (logged ?? null) ? [] : [name]));
}
