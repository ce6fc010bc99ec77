import { SessionProposed, type ProposeSession } from '@argus/protocol/http/proposals.ts';
import { fits } from './read.ts';
import { post, type Request } from './request.ts';

/** Opens nothing: the answer is what a person types. */
export type ProposeBody = Omit<ProposeSession, 'minutes'> & { readonly minutes?: number };
export const proposeSession = (body: ProposeBody): Request<SessionProposed> => post('/support/proposals', body, fits(SessionProposed));
