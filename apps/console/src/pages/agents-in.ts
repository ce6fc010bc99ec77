import type { AgentView } from '@argus/protocol/http/shapes.ts';

/** All words have to be somewhere in what a row says. */
export function agentsIn(agents: readonly AgentView[], { tenant, state, words }: { readonly tenant: string; readonly state: string; readonly words: string }): readonly AgentView[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  if (wanted.length === 0 && tenant === '' && state === '') return agents;
  return agents.filter((agent) => {
    if (tenant !== '' && agent.tenant_id !== tenant) return false;
    if (state === 'in_session' ? agent.session === null : state !== '' && agent.state !== state) return false;
    if (wanted.length === 0) return true;
    const text = `${agent.id} ${agent.tenant_id} ${agent.version ?? ''} ${agent.platform ?? ''}`.toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
}
