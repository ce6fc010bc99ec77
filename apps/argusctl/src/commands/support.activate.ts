import type { Command } from '../command.ts';
import { agentActivate } from './agent.activate.ts';

/** The other spelling: same flags, same endpoint, same output. */
export const supportActivate: Command = {
  ...agentActivate,
  name: 'support activate',
  example: agentActivate.example.replace(agentActivate.name, 'support activate'),
};
