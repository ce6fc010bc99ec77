import type { Command } from '../command.ts';
import { agentDeactivate } from './agent.deactivate.ts';

/** The other spelling: same flags, same endpoint, same output. */
export const supportDeactivate: Command = { ...agentDeactivate, name: 'support deactivate', example: agentDeactivate.example.replace(agentDeactivate.name, 'support deactivate') };
