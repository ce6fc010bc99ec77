import type { Command } from '../command.ts';
import { supportExplain } from './support.explain.ts';

/** The other spelling: same flags, same endpoint, same output. */
export const agentExplain: Command = {
  ...supportExplain,
  name: 'agent explain',
  example: supportExplain.example.replace(supportExplain.name, 'agent explain'),
};
