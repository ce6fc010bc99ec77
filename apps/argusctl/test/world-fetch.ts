import type { Fetch } from '@argus/client/client.ts';
import { settle } from '@argus/kit/clock.ts';
import type { World } from '../../../flow/world.ts';

/** `fetch` into the ops API of a flow world, through its trusted proxy. `from` is where the operator sits. */
export const fetchInto =
  (world: World, from = '10.1.2.3'): Fetch =>
  async (url, init) => {
    const { pathname, search } = new URL(url);
    const answering = world.api.http.inject({
      method: init.method as 'GET' | 'POST' | 'PUT' | 'DELETE',
      url: `${pathname}${search}`,
      headers: { ...(init.headers as Record<string, string>), 'x-forwarded-for': from },
      ...(typeof init.body === 'string' && { payload: init.body }),
    });
    await settle(); // the agent's side of it runs in between
    const answer = await answering;
    const named = ['content-type', 'content-length', 'date'].flatMap((name) => (answer.headers[name] === undefined ? [] : [[name, String(answer.headers[name])] as [string, string]]));
    return new Response(Uint8Array.from(answer.rawPayload), { status: answer.statusCode, headers: Object.fromEntries(named) });
  };
