import { defineCommand } from '../command.ts';
import { agentFields, capabilityView } from '../render/agent.ts';

export const agentTelemetry = defineCommand({
  name: 'agent telemetry',
  summary: 'What an agent last said of itself: version, cameras, limits, its age',
  positionals: { agent: { value: 'agent', show: 'AGENT', about: 'the agent to look at' } },
  flags: {},
  secrets: [],
  writes: false,
  example: 'argusctl agent telemetry agent_macpro_lobby_01',
  details: async () => ['It opens no session, and decides nothing: what an agent says of itself is only its word.'],
  async run({ api, ask, refuse, show, clock }, { agent }) {
    const [shown, said] = [await ask(api.showAgent(agent)), await ask(api.capabilities(agent))];
    if (!shown.ok) return refuse(shown.error);
    if (!said.ok) return refuse(said.error);
    return show({ agent: shown.value, capabilities: said.value }, [agentFields(shown.value), ...capabilityView(said.value, clock.now())]);
  },
});
