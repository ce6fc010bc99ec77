import type { Command } from '../command.ts';
import { agentActivate } from './agent.activate.ts';
import { agentDeactivate } from './agent.deactivate.ts';
import { agentExplain } from './agent.explain.ts';
import { agentLs } from './agent.ls.ts';
import { agentViewCamera } from './agent.view-camera.ts';
import { mcp } from './mcp.ts';
import { sessionLs } from './session.ls.ts';
import { supportApplyPatch } from './support.apply-patch.ts';
import { supportActivate } from './support.activate.ts';
import { supportExplain } from './support.explain.ts';
import { supportCommand } from './support.command.ts';
import { supportViewCamera } from './support.view-camera.ts';
import { tenantArm } from './tenant.arm.ts';
import { tenantDisarm } from './tenant.disarm.ts';
import { tenantLs } from './tenant.ls.ts';
import { tenantShow } from './tenant.show.ts';
import { whoami } from './whoami.ts';

/** Every command, in the order of the help page. */
export const COMMANDS: readonly Command[] = [
  whoami,
  tenantLs,
  tenantShow,
  tenantArm,
  tenantDisarm,
  agentLs,
  agentActivate,
  agentDeactivate,
  agentViewCamera,
  agentExplain,
  supportActivate,
  supportCommand,
  supportViewCamera,
  supportApplyPatch,
  supportExplain,
  sessionLs,
  mcp,
];
