import type { Command } from '../command.ts';
import { tenantArm } from './tenant.arm.ts';

/** The other spelling: same flags, same endpoint, same output. */
export const supportArm: Command = { ...tenantArm, name: 'support arm', example: tenantArm.example.replace(tenantArm.name, 'support arm') };
