/** Why an act would be refused. Changes nothing, and asks for what the act itself asks for. */
import { Explained, type ExplainActivation } from '@argus/protocol/http/explain.ts';
import type { RunCommand } from '@argus/protocol/http/shapes.ts';
import type { SessionToken, TenantId } from '@argus/protocol/ids.ts';
import { fits } from './read.ts';
import { at, post, type Request } from './request.ts';

export type ExplainBody = Omit<ExplainActivation, 'minutes'> & { readonly minutes?: number };
export const explain = (body: ExplainBody): Request<Explained> => ({ ...post('/support/explain', body, fits(Explained)), needsOpsToken: true });

export type ExplainCommandBody = Pick<RunCommand, 'command' | 'args'> & Partial<Pick<RunCommand, 'agent_id'>>;
export const explainCommand = (tenant: TenantId, token: SessionToken | undefined, body: ExplainCommandBody): Request<Explained> => ({
  ...post(`/support/tenants/${at(tenant)}/explain`, body, fits(Explained)),
  session: { token },
});
