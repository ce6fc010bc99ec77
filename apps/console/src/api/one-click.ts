/** What this server does for a page by name, where it is set up for it: it adds the ops token, and no page sees that. */
import type { ActivateBody } from '@argus/client/requests.ts';
import { post, type Request } from '@argus/client/requests.ts';
import { fits } from '@argus/client/read.ts';
import { Explained } from '@argus/protocol/http/explain.ts';
import { ActivatedHere } from '@argus/protocol/http/shapes.ts';
import type { AgentId } from '@argus/protocol/ids.ts';

export const openSession = (agent: AgentId, body: ActivateBody): Request<ActivatedHere> => post('/console/support/activate', { agent_id: agent, ...body }, fits(ActivatedHere));
export const explainSession = (agent: AgentId, body: ActivateBody): Request<Explained> => post('/console/support/explain', { agent, ...body }, fits(Explained));
