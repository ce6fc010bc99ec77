import { defineCommand } from '../command.ts';
import { agentFields } from '../render/agent.ts';
import { aside } from '../render/view.ts';

export const agentShow = defineCommand({
  name: 'agent show',
  summary: 'One agent: its state, version, when it was last heard, and its session',
  positionals: { agent: { value: 'agent', show: 'AGENT', about: 'the agent to look at' } },
  flags: {},
  secrets: [],
  writes: false,
  example: 'argusctl agent show agent_macpro_lobby_01',
  run: ({ api, answer, argusctl }, { agent }) =>
    answer(api.showAgent(agent), (shown) => [
      agentFields(shown),
      ...(shown.state === 'offline' ? [aside(''), aside('It dials out and cannot be woken from here. Have somebody at the machine look whether it runs and has network.')] : []),
      ...(shown.state === 'code_issued' ? [aside(''), aside('Its enrollment code was made and not used yet.')] : []),
      ...(shown.session === null ? [] : [aside(''), aside(`${argusctl} session show ${shown.session}`)]),
    ]),
});
