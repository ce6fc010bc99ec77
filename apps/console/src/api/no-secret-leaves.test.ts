import * as api from '@argus/client/requests.ts';
import { expect, test } from 'vitest';
import { secretIn } from './no-secret-leaves.ts';

const SECRETS = [`pat_${'a'.repeat(43)}`, `rst_${'B'.repeat(43)}`];

test('a secret that was typed into a search or a filter is asked for at no address, and the sentence does not repeat it', () => {
  for (const secret of SECRETS)
    for (const { path } of [api.listAgents(undefined, { q: secret }), api.listAgents(undefined, { q: `till ${secret}` }), api.auditLog({ actor: secret })]) {
      expect(secretIn(path)).toMatchObject({ kind: 'refused', code: 'secret_in_address', hint: expect.stringContaining('It was not sent.') });
      expect(JSON.stringify(secretIn(path))).not.toContain(secret);
    }
});

test('whatever else is typed is asked for, also half an escape', () => {
  for (const path of [api.listAgents(undefined, { q: 'pat_1 100%' }).path, '/v1/agents?q=%', api.listSessions().path]) expect(secretIn(path)).toBeNull();
});
