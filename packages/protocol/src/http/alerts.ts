/** Alerts: what fired, how often, and whether somebody has looked. */
import { z } from 'zod';
import { id } from '../ids.ts';
import { isoTimeText, reason } from '../text.ts';

export const SEVERITIES = ['high', 'ordinary'] as const;
export type Severity = (typeof SEVERITIES)[number];

export const AlertView = z.object({
  id: z.uuid(),
  kind: z.string(), // docs/reference/tripwires.md
  severity: z.enum(SEVERITIES),
  says: z.string(),
  details: z.array(z.string()),
  times: z.int(), // what happened so often between the two times is one alert
  first_at: isoTimeText(),
  last_at: isoTimeText(),
  tenant_id: id('tenant').nullable(),
  agent_id: id('agent').nullable(),
  session_id: id('session').nullable(),
  operator: z.string().nullable(),
  address: z.string().nullable(),
  acknowledged: z.object({ at: isoTimeText(), by: z.string(), reason: z.string() }).nullable(),
});
export type AlertView = z.infer<typeof AlertView>;

export const Alerts = z.object({ alerts: z.array(AlertView) });
export type Alerts = z.infer<typeof Alerts>;

export const ALERT_STATES = ['open', 'all'] as const;
/** Without it, those that wait for somebody. */
export const AlertsQuery = z.strictObject({ state: z.enum(ALERT_STATES).optional().describe('open, as without it: those nobody has acknowledged. all: those as well.') });
export type AlertsQuery = z.infer<typeof AlertsQuery>;

export const AcknowledgeAlert = z.strictObject({ reason: reason() });
export type AcknowledgeAlert = z.infer<typeof AcknowledgeAlert>;
