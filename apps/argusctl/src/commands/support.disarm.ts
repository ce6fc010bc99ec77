import type { Command } from '../command.ts';
import { tenantDisarm } from './tenant.disarm.ts';

/** The other spelling: same flags, same endpoint, same output. */
export const supportDisarm: Command = { ...tenantDisarm, name: 'support disarm', example: tenantDisarm.example.replace(tenantDisarm.name, 'support disarm') };
