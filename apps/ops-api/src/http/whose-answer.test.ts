import { ANSWER_OF_HEADER } from '@argus/protocol/http/auth.ts';
import { expect, test } from 'vitest';
import { createTestApi } from '../../test/api.ts';
import { makePerson, signedIn } from '../../test/people.ts';
import { PRESETS } from '../people/principal.ts';

/** Guarantee: a page can tell whose answer it was given, where another tab has changed the cookie meanwhile; also of a refusal. */
test('every answer to somebody who is signed in names them, and no other answer names anybody', async () => {
  const api = createTestApi();
  const user = await makePerson(api, { email: 'ada@argus.example', role: 'viewer' });
  const { headers } = await signedIn(api, user);
  const named = async (url: string, sent: Readonly<Record<string, string>>) => (await api.http.inject({ url, headers: sent })).headers[ANSWER_OF_HEADER];
  for (const url of ['/v1/tenants', '/v1/support/sessions', '/v1/tenants/NO_SUCH_TENANT', '/v1/audit-log?limit=0']) expect(await named(url, headers), url).toBe(user.id);
  const pat = await api.newToken(PRESETS['admin-full']);
  expect([await named('/v1/tenants', { authorization: `Bearer ${pat}` }), await named('/v1/tenants', {}), await named('/healthz', headers)]).toEqual([undefined, undefined, undefined]);
  await api.api.close();
});
