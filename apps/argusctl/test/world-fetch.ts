import type { Fetch } from '@argus/client/client.ts';
import { settle } from '@argus/kit/clock.ts';
import type { World } from '../../../flow/world.ts';

/** `fetch` into the ops API of a flow world, through its trusted proxy. `from` is where the operator sits. */
export const fetchInto =
  (world: World, from = '10.1.2.3'): Fetch =>
  async (url, init) => {
    const { pathname, search } = new URL(url);
    const answering = world.api.http.inject({
      method: init.method as 'GET' | 'POST',
      url: `${pathname}${search}`,
      headers: { ...(init.headers as Record<string, string>), 'x-forwarded-for': from },
      ...(typeof init.body === 'string' && { payload: init.body }),
    });
    await settle(); // the agent's side of it runs in between
    const answer = await answering;
    return new Response(answer.body, { status: answer.statusCode, headers: { 'content-type': String(answer.headers['content-type']) } });
  };
