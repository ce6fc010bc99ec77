import type { Capabilities } from '@argus/client/read.ts';
import type { AgentView } from '@argus/protocol/http/shapes.ts';
import { aside, fields, line, table, timeOf, type Block, type View } from './view.ts';

export const agentFields = (agent: AgentView): Block =>
  fields({
    agent: agent.id,
    tenant: agent.tenant_id,
    state: agent.state,
    version: agent.version,
    platform: agent.platform,
    'last seen': timeOf(agent.last_seen),
    session: agent.session,
  });

export function capabilityView({ manifest, taken_at, stale }: Capabilities, now: number): View {
  if (!manifest) return [line(''), line('It has said nothing of itself yet.')];
  const limits = Object.entries(manifest.limits).map(([name, limit]) => [`limit ${name}`, String(limit)] as const);
  return [
    line(''),
    fields({
      'as of': `${timeOf(taken_at) ?? '-'}${taken_at === null ? '' : `, ${ageOf(now - Date.parse(taken_at))} ago`}`,
      stale: stale ? 'yes: old, or the agent is offline' : 'no',
      protocol: manifest.protocol,
      commands: manifest.commands.join(', '),
      'consent key': manifest.consent_key_fingerprint ?? 'none pinned',
      ...Object.fromEntries(limits),
    }),
    line(''),
    table(['CAMERA', 'NAME'], manifest.cameras.map((camera) => [camera.id, camera.name]), 'It has no cameras.'),
    aside(''),
    aside('Advisory: the agent says so itself, and nothing is decided by it.'),
  ];
}

function ageOf(ms: number): string {
  const s = Math.max(0, Math.round(ms / 1_000));
  if (s < 120) return `${s} s`;
  return s < 7_200 ? `${Math.round(s / 60)} min` : s < 172_800 ? `${Math.round(s / 3_600)} h` : `${Math.round(s / 86_400)} days`;
}
