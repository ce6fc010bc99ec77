import { Readiness, ServerStatus } from '@argus/protocol/http/server.ts';
import { fits } from './read.ts';
import { get, type Request } from './requests.ts';

/** A server that is not ready says so with 503 and the same shape; a script that only wants yes or no asks for the status. */
export const readiness = (): Request<Readiness> => get('/readyz', fits(Readiness));

/** For whoever sees all tenants. */
export const serverStatus = (): Request<ServerStatus> => get('/v1/server', fits(ServerStatus));
