import { isoTime, manualClock } from '@argus/kit/clock.ts';
import { expect, test } from 'vitest';
import { newSessionId, OTHER_TENANT, principalOf, sessionOf, START, TENANT, tenantOf } from '../../test/sample.ts';
import type { Ending } from './custody.ts';
import type { Session } from './session.ts';
import { makeSessions } from './show.ts';

const owner = { principal: principalOf({ tenants: [TENANT] }), ip: '10.1.2.3' };
const stranger = { principal: principalOf({ tenants: [OTHER_TENANT] }), ip: '10.1.2.3' };

function desk({ isWritten = true, found = sessionOf() }: { isWritten?: boolean; found?: Session } = {}) {
  const asked: unknown[] = [];
  const endings: Ending[] = [];
  let session: Session = found;
  const use = makeSessions({
    clock: manualClock(START),
    tenants: { byId: async (id) => tenantOf({ id }) },
    sessions: { byId: async (id) => (session.id === id ? session : null), list: async (...of) => (asked.push(of), [session]) },
    custody: {
      end: async (ending, how) => {
        endings.push(how);
        session = { ...ending, state: 'ended', endedAt: START + 1, endedBy: how.by, endedWho: null, lastWord: { is: 'not_expected' } };
        return isWritten;
      },
    },
  });
  return { use, asked, endings, id: found.id };
}
const codeOf = (result: { ok: boolean; error?: { code: string } }) => (result.ok ? 'ok' : result.error?.code);

test('a session is shown to whoever may see its tenant', async () => {
  const { use, id } = desk();
  expect(await use.show(owner, id)).toMatchObject({ ok: true, value: { session_id: id, state: 'active' } });
});

/** Guarantee (I6): another tenant's session and one that does not exist are the same answer, shown or ended. */
test('to whoever may not, it does not exist, and it does not end', async () => {
  const { use, id, endings } = desk();
  for (const [who, of] of [[stranger, id], [owner, newSessionId()]] as const)
    expect([codeOf(await use.show(who, of)), codeOf(await use.deactivate(who, of))]).toEqual(['session_not_found', 'session_not_found']);
  expect(endings).toEqual([]);
});

test('a list is of the tenant that was asked for, and of no other than may be seen', async () => {
  const { use, asked, id } = desk();
  expect(await use.list({ ...owner, principal: principalOf({ tenants: [TENANT, OTHER_TENANT] }) }, TENANT)).toMatchObject({ ok: true, value: { sessions: [{ session_id: id, tenant_id: TENANT }] } });
  expect(asked).toEqual([[[TENANT], 200]]);
  expect(codeOf(await use.list(stranger, TENANT))).toBe('tenant_not_found');
  expect(asked).toHaveLength(1);
});

test('deactivating ends it, in the name of who asked and from where, and shows how it ended', async () => {
  const { use, id, endings } = desk();
  expect(await use.deactivate(owner, id, { reason: 'done here' })).toMatchObject({ ok: true, value: { state: 'ended', ended_by: 'deactivate', ended_at: isoTime(START + 1) } });
  expect(endings).toEqual([{ by: 'deactivate', actor: 'operator', operator: 'ana@argus.example', ip: '10.1.2.3', reason: 'done here' }]);
});

test('without a reason none is made up', async () => {
  const { use, id, endings } = desk();
  await use.deactivate(owner, id);
  expect(Object.keys(endings[0] ?? {})).toEqual(['by', 'actor', 'operator', 'ip']);
});

test('one that has ended is shown as it is, and ended by nobody a second time', async () => {
  const ended: Session = { ...sessionOf(), state: 'ended', endedAt: START, endedBy: 'expired', endedWho: null, lastWord: { is: 'not_expected' } };
  const { use, id, endings } = desk({ found: ended });
  expect(await use.deactivate(owner, id)).toMatchObject({ ok: true, value: { state: 'ended', ended_by: 'expired' } });
  expect(endings).toEqual([]);
});

test('an end that is not on record yet is not reported as done', async () => {
  const { use, id } = desk({ isWritten: false });
  expect(codeOf(await use.deactivate(owner, id))).toBe('outcome_unrecorded');
});
