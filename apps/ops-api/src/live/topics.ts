import type { EventType } from '@argus/protocol/leaf.ts';
import type { LiveTopic } from '@argus/protocol/http/live.ts';

/** What a page can be about. A line says that something of a topic changed, and never what. */
export type Topic = LiveTopic;

/** Besides `events`, which every entry is. */
const MORE: Readonly<Partial<Record<EventType, readonly Topic[]>>> = {
  tenant_created: ['tenants'],
  consent_recorded: ['tenants', 'sessions'],
  consent_withdrawn: ['tenants', 'sessions'],
  tenant_armed: ['tenants', 'sessions'],
  tenant_disarmed: ['tenants', 'sessions'],
  agent_enrollment_code_created: ['agents'],
  agent_enrolled: ['agents'],
  agent_revoked: ['agents', 'sessions'],
  remote_support_activation: ['agents', 'sessions'],
  remote_support_command: ['sessions'],
  remote_support_late_outcome: ['sessions'],
  remote_support_session_ended: ['agents', 'sessions'],
  remote_support_session_closed: ['sessions'],
  remote_support_session_failed_to_close: ['sessions', 'alerts'],
  tripwire_fired: ['alerts'],
  alert_acknowledged: ['alerts'],
  audit_mismatch_found: ['alerts'],
};
export const topicsOf = (type: EventType): readonly Topic[] => ['events', ...(MORE[type] ?? [])];
