/** Lists of machines as long as they like, and when the line of one came and went. */
import { z } from 'zod';
import { id } from '../ids.ts';
import { isoTimeText } from '../text.ts';
import { whole } from './audit.ts';
import { AgentView } from './shapes.ts';

export const AGENT_PAGE_MAX = 1_000;
export const AGENT_STATES_ASKED = ['online', 'offline', 'code_issued', 'revoked', 'in_session'] as const;
export const AGENT_SORTS = ['agent', 'state', 'tenant', 'version', 'platform', 'seen'] as const;
/** How long it is kept when a line came and went; ours. */
export const LINES_KEPT_DAYS = 30;
export const LINES_SHOWN_MAX = 500;

export const AgentsQuery = z.strictObject({
  tenant: id('tenant').optional().describe('Only of this tenant.'),
  q: z.string().max(200).optional().describe('Words, all of which are in the id, the tenant, the version or the platform.'),
  state: z.enum(AGENT_STATES_ASKED, { error: `not one of ${AGENT_STATES_ASKED.join(', ')}` }).optional().describe('Only in this state.'),
  sort: z.enum(AGENT_SORTS, { error: `not one of ${AGENT_SORTS.join(', ')}` }).default('agent').describe('In the order of this, then of the id.'),
  order: z.enum(['up', 'down'], { error: 'not up or down' }).default('up').describe('up: from the first to the last; down: the other way round.'),
  offset: whole(10_000_000, 0).default(0).describe('How many to leave out at the beginning.'),
  limit: whole(AGENT_PAGE_MAX).optional().describe(`A page of so many, up to ${AGENT_PAGE_MAX}; without it, all of them.`),
});
export type AgentsQuery = z.infer<typeof AgentsQuery>;

/** `total`: how many there are of what was asked for, whatever the page. */
export const AgentList = z.object({ agents: z.array(AgentView), total: z.int() });

/** Revoked ones are not counted. */
export const AgentCount = z.object({ tenant_id: id('tenant'), agents: z.int(), online: z.int(), in_session: z.int() });
export type AgentCount = z.infer<typeof AgentCount>;
export const AgentCounts = z.object({ tenants: z.array(AgentCount) });

/** Newest first. `went_at` null: the line is there. */
export const AgentLines = z.object({
  agent_id: id('agent'),
  since: isoTimeText(), // nothing older is kept
  now: isoTimeText(),
  lines: z.array(z.object({ came_at: isoTimeText(), went_at: isoTimeText().nullable() })),
  more: z.boolean(), // older ones are left out
});
export type AgentLines = z.infer<typeof AgentLines>;
