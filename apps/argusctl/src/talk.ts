/** All it takes to talk to a server, in one place, so that what talks to none does not load it. */
export { headersOf, send } from '@argus/client/client.ts';
export { download } from '@argus/client/download.ts';
export { probe } from '@argus/client/probe.ts';
export * as api from '@argus/client/requests.ts';
export * as logApi from '@argus/client/log-requests.ts';
