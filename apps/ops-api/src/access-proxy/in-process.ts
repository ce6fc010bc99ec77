/**
 * The ops API of this very process. The address we hand on is the caller's own, and nobody lends them another: so the mark
 * of a relay goes along only where it binds the caller to an assertion.
 */
import { ok } from '@argus/kit/result.ts';
import { ASSERTION_HEADER, RELAYED_HEADER } from '../access/access.ts';
import type { Relay } from '../mcp/relay.ts';
import type { OpsApiCalls } from './proxy.ts';

export const opsApiHere = (relay: Relay): OpsApiCalls => ({
  async call({ method, path: url, headers, body }) {
    const { 'x-forwarded-for': socketAddress = '', [RELAYED_HEADER]: relayed = '', ...rest } = headers;
    const bound = rest[ASSERTION_HEADER] === undefined ? rest : { ...rest, [RELAYED_HEADER]: relayed };
    const { statusCode, body: text } = await relay({ method, url, headers: bound, ...(body !== undefined && { payload: body }), socketAddress });
    return ok({ status: statusCode, text });
  },
});
