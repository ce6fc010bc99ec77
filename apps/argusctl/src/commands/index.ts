import type { Command } from '../command.ts';
import { agentActivate } from './agent.activate.ts';
import { agentDeactivate } from './agent.deactivate.ts';
import { agentExplain } from './agent.explain.ts';
import { agentEnrollCode } from './agent.enroll-code.ts';
import { agentLs } from './agent.ls.ts';
import { agentRevoke } from './agent.revoke.ts';
import { agentShow } from './agent.show.ts';
import { agentTelemetry } from './agent.telemetry.ts';
import { agentViewCamera } from './agent.view-camera.ts';
import { mcp } from './mcp.ts';
import { auditAcknowledge } from './audit.acknowledge.ts';
import { auditAlerts } from './audit.alerts.ts';
import { auditExport } from './audit.export.ts';
import { auditLs } from './audit.ls.ts';
import { auditReconcile } from './audit.reconcile.ts';
import { completion } from './completion.ts';
import { doctor } from './doctor.ts';
import { logBundle } from './log.bundle.ts';
import { logCheckpoint } from './log.checkpoint.ts';
import { login } from './login.ts';
import { logout } from './logout.ts';
import { logsTail } from './logs.tail.ts';
import { operatorKeyNew } from './operator-key.new.ts';
import { operatorKeyPublic } from './operator-key.public.ts';
import { patCreate } from './pat.create.ts';
import { patLs } from './pat.ls.ts';
import { patRevoke } from './pat.revoke.ts';
import { profileAdd } from './profile.add.ts';
import { profileLs } from './profile.ls.ts';
import { profileRm } from './profile.rm.ts';
import { profileUse } from './profile.use.ts';
import { sessionExport } from './session.export.ts';
import { sessionLs } from './session.ls.ts';
import { sessionReplay } from './session.replay.ts';
import { sessionShow } from './session.show.ts';
import { sessionWatch } from './session.watch.ts';
import { status } from './status.ts';
import { supportActivate } from './support.activate.ts';
import { supportExplain } from './support.explain.ts';
import { supportApplyPatch } from './support.apply-patch.ts';
import { supportArm } from './support.arm.ts';
import { supportCommand } from './support.command.ts';
import { supportDeactivate } from './support.deactivate.ts';
import { supportDisarm } from './support.disarm.ts';
import { supportStatus } from './support.status.ts';
import { supportViewCamera } from './support.view-camera.ts';
import { tenantAdd } from './tenant.add.ts';
import { tenantArm } from './tenant.arm.ts';
import { tenantConsentRecord } from './tenant.consent.record.ts';
import { tenantConsentShow } from './tenant.consent.show.ts';
import { tenantConsentWithdraw } from './tenant.consent.withdraw.ts';
import { tenantDisarm } from './tenant.disarm.ts';
import { tenantLs } from './tenant.ls.ts';
import { tenantShow } from './tenant.show.ts';
import { whoami } from './whoami.ts';

/** Every command, in the order of the help page. */
export const COMMANDS: readonly Command[] = [
  login,
  logout,
  whoami,
  status,
  doctor,
  profileLs,
  profileUse,
  profileAdd,
  profileRm,
  tenantLs,
  tenantShow,
  tenantAdd,
  tenantConsentShow,
  tenantConsentRecord,
  tenantConsentWithdraw,
  tenantArm,
  tenantDisarm,
  agentLs,
  agentShow,
  agentTelemetry,
  agentEnrollCode,
  agentActivate,
  agentDeactivate,
  agentViewCamera,
  agentExplain,
  agentRevoke,
  supportArm,
  supportDisarm,
  supportActivate,
  supportDeactivate,
  supportStatus,
  supportCommand,
  supportViewCamera,
  supportApplyPatch,
  supportExplain,
  sessionLs,
  sessionShow,
  sessionReplay,
  sessionWatch,
  sessionExport,
  auditLs,
  auditReconcile,
  auditExport,
  auditAlerts,
  auditAcknowledge,
  logsTail,
  logCheckpoint,
  logBundle,
  patLs,
  patCreate,
  patRevoke,
  operatorKeyNew,
  operatorKeyPublic,
  completion,
  mcp,
];
