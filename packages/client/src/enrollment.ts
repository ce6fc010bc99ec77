/** Tenants and machines that are new here. */
import { EnrollmentCodeCreated, TenantView } from '@argus/protocol/http/shapes.ts';
import type { AgentId, TenantId } from '@argus/protocol/ids.ts';
import { fits } from './read.ts';
import { at, post, type Request } from './request.ts';

export type CreateTenantBody = { readonly id: TenantId; readonly name: string };
export const createTenant = (body: CreateTenantBody): Request<TenantView> => post('/v1/tenants', body, fits(TenantView));

export type EnrollmentCodeBody = { readonly agent_id: AgentId; readonly public_key?: string };
/** The code in the answer is shown once. */
export const createEnrollmentCode = (tenant: TenantId, body: EnrollmentCodeBody) => post(`/v1/tenants/${at(tenant)}/agents`, body, fits(EnrollmentCodeCreated));
