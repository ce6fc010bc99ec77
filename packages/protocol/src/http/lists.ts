/** Answers that are lists, and the one filter they share. */
import { z } from 'zod';
import { id } from '../ids.ts';
import { SessionView, TenantView } from './shapes.ts';

export const TenantList = z.object({ tenants: z.array(TenantView) });
export const SessionList = z.object({ sessions: z.array(SessionView) });

/** One tenant's only. */
export const OfTenant = z.strictObject({ tenant: id('tenant').optional().describe('Only of this tenant.') });
export type OfTenant = z.infer<typeof OfTenant>;
