/** What a tenant signed, recorded and withdrawn. */
import { ConsentChanged } from '@argus/protocol/http/consent.ts';
import type { RecordConsent } from '@argus/protocol/http/shapes.ts';
import type { TenantId } from '@argus/protocol/ids.ts';
import { fits } from './read.ts';
import { at, post } from './request.ts';

const consentOf = (tenant: TenantId): string => `/v1/tenants/${at(tenant)}/consent`;

export const recordConsent = (tenant: TenantId, body: RecordConsent) => ({ ...post(consentOf(tenant), body, fits(ConsentChanged)), method: 'PUT' as const });
export type WithdrawConsentBody = { readonly reason: string };
export const withdrawConsent = (tenant: TenantId, body: WithdrawConsentBody) => ({ ...post(consentOf(tenant), body, fits(ConsentChanged)), method: 'DELETE' as const });
