/** What every store of nodes promises, and of sessions that nobody has finished. Each adapter runs this suite. */
import { mustId, newHandle, type AgentId, type NodeId, type TenantId } from '@argus/protocol/ids.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ledgerOver } from '../../test/ledger.ts';
import { consentOf, DAY_MS, factOf, principalOf, seededRandom, sessionOf, START } from '../../test/sample.ts';
import { consentedAndArmed } from '../../test/tenants.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Change, ChangeReader, Deed, Stores } from '../ports.ts';
import { LAST_WORD_WITHIN_MS } from '../sessions/session.ts';

export type MadeNodes = { readonly stores: Stores; readonly close: () => Promise<void> };

const random = seededRandom('nodes contract');
const newNode = (): NodeId => newHandle('node', random);
let counter = 0;

export function nodesContract(name: string, make: () => Promise<MadeNodes>): void {
  // oxlint-disable-next-line vitest/valid-title -- each adapter says its own name
  describe(name, () => {
    let made: MadeNodes;
    let stores: Stores;
    let ledger: Ledger;
    beforeAll(async () => {
      made = await make();
      stores = made.stores;
      ledger = ledgerOver(stores.leaves);
    });
    afterAll(() => made.close());

    async function doing(tenant: TenantId, deed: Deed): Promise<void> {
      const written = await ledger.append(factOf({ tenant, outcome: 'ok' }), [deed]);
      if (!written.ok) throw new Error(`${deed.do}: ${written.error.code} ${written.error.internal ?? ''}`);
    }
    /** A tenant that is armed, with its agent. */
    async function place(): Promise<{ readonly tenant: TenantId; readonly agent: AgentId }> {
      const n = String(++counter).padStart(4, '0');
      const names = { tenant: mustId('tenant', `N_${n}`), agent: mustId('agent', `agent_n_${n}`) };
      await consentedAndArmed(ledger, names.tenant, names.agent);
      return names;
    }
    async function openSession(over: Parameters<typeof sessionOf>[0] = {}) {
      const session = sessionOf({ ...(await place()), state: 'activating', ...over });
      await doing(session.tenant, { do: 'open_session', session });
      return session;
    }
    async function activeSession(over: Parameters<typeof sessionOf>[0] = {}) {
      const session = await openSession(over);
      await doing(session.tenant, { do: 'start_session', id: session.id, secretHash: random(32) });
      return session;
    }

    describe('signs of life', () => {
      test('each is a new one, and a node without open sessions is nobody\'s concern', async () => {
        const [me, other] = [newNode(), newNode()];
        const epoch = await stores.founding.nextEpoch(other, START);
        expect(await stores.nodes.beat(other, epoch, START)).toBe(true);
        expect((await stores.nodes.othersWithSessions(me)).filter((s) => s.node === other)).toEqual([]);
        const session = await openSession({ node: other, epoch });
        const [first] = (await stores.nodes.othersWithSessions(me)).filter((s) => s.node === other);
        await stores.nodes.beat(other, epoch, START);
        const [second] = (await stores.nodes.othersWithSessions(me)).filter((s) => s.node === other);
        expect(first).toMatchObject({ node: other, epoch });
        expect(second?.beat).toBe((first?.beat ?? 0) + 1);
        expect((await stores.nodes.othersWithSessions(other)).filter((s) => s.node === other)).toEqual([]);
        await doing(session.tenant, { do: 'end_session', id: session.id, at: START, by: 'server_shutdown' });
        expect((await stores.nodes.othersWithSessions(me)).filter((s) => s.node === other)).toEqual([]);
      });

      /** Guarantee (fence): an older start of a node cannot pass for a newer one. */
      test('an older start of a node gives none', async () => {
        const node = newNode();
        const old = await stores.founding.nextEpoch(node, START);
        await stores.founding.nextEpoch(node, START);
        expect(await stores.nodes.beat(node, old, START)).toBe(false);
        expect(await stores.nodes.beat(node, old + 1, START)).toBe(true);
      });
    });

    describe('where a line is', () => {
      test('an agent belongs where it dialed in last, and nobody is asked to let go of one that was never placed', async () => {
        const [one, two, { agent }] = [newNode(), newNode(), await place()];
        expect(await stores.nodes.notHere(one, [agent])).toEqual([]);
        expect(await stores.nodes.place(agent, one)).toBe('welcome');
        expect(await stores.nodes.notHere(one, [agent])).toEqual([]);
        expect(await stores.nodes.place(agent, two)).toBe('welcome');
        expect(await stores.nodes.notHere(one, [agent])).toEqual([{ agent, why: 'moved' }]);
        expect(await stores.nodes.notHere(two, [agent])).toEqual([]);
        expect(await stores.nodes.notHere(one, [])).toEqual([]);
      });

      test('a revoked agent is nowhere welcome, and neither is one that does not exist', async () => {
        const [node, { tenant, agent }] = [newNode(), await place()];
        await stores.nodes.place(agent, node);
        await doing(tenant, { do: 'revoke_agent', agent, at: START });
        expect(await stores.nodes.place(agent, node)).toBe('revoked');
        expect(await stores.nodes.notHere(node, [agent])).toEqual([{ agent, why: 'revoked' }]);
        expect(await stores.nodes.place(mustId('agent', 'agent_nobody_at_all'), node)).toBe('revoked');
      });
    });

    describe('changes', () => {
      const read = async (reader: ChangeReader, of: string): Promise<readonly Change[]> =>
        (await reader.next()).filter((change) => Object.values(change).includes(of));

      const ways: readonly (readonly [string, () => Promise<{ readonly subject: string; readonly tenant: TenantId; readonly deed: Deed; readonly change: Change }>])[] = [
        ['a session ends', async () => {
          const { id, tenant } = await openSession();
          return { subject: id, tenant, deed: { do: 'end_session', id, at: START, by: 'deactivate' }, change: { kind: 'session_ended', session: id } };
        }],
        ['a tenant is disarmed', async () => {
          const { tenant } = await place();
          return { subject: tenant, tenant, deed: { do: 'disarm', tenant }, change: { kind: 'tenant_shut', tenant } };
        }],
        ['a tenant withdraws', async () => {
          const { tenant } = await place();
          return { subject: tenant, tenant, deed: { do: 'withdraw_consent', tenant, by: 'kim@tenant.example', at: START }, change: { kind: 'tenant_shut', tenant } };
        }],
        ['the token of an open session is revoked', async () => {
          const { tokenId } = principalOf({ tokenId: newHandle('token', random) });
          const row = { ...principalOf({ tokenId }), secretHash: random(32), name: 'laptop', createdAt: START, expiresAt: START + DAY_MS };
          await doing((await place()).tenant, { do: 'issue_pat', pat: row });
          const { id, tenant } = await activeSession({ tokenId });
          return { subject: id, tenant, deed: { do: 'revoke_pat', id: tokenId, at: START }, change: { kind: 'session_ended', session: id } };
        }],
        ['another consent is recorded', async () => {
          const { tenant } = await place();
          return { subject: tenant, tenant, deed: { do: 'save_consent', tenant, consent: consentOf({ documentId: 'DOC-2' }), at: START }, change: { kind: 'tenant_shut', tenant } };
        }],
        ['an agent is revoked', async () => {
          const { tenant, agent } = await place();
          return { subject: agent, tenant, deed: { do: 'revoke_agent', agent, at: START }, change: { kind: 'agent_revoked', agent } };
        }],
      ];
      test.each(ways)('when %s, every reader hears of it once', async (_what, arrange) => {
        const { subject, tenant, deed, change } = await arrange();
        const readers = [await stores.nodes.follow(), await stores.nodes.follow()];
        await doing(tenant, deed);
        for (const reader of readers) expect(await read(reader, subject)).toEqual([change]);
        for (const reader of readers) expect(await read(reader, subject)).toEqual([]);
      });

      test('an agent that comes back to the same node is no news; one that moved is', async () => {
        const [one, two, { agent }] = [newNode(), newNode(), await place()];
        const reader = await stores.nodes.follow();
        await stores.nodes.place(agent, one);
        await stores.nodes.place(agent, one);
        expect(await read(reader, agent)).toEqual([]);
        await stores.nodes.place(agent, two);
        expect(await read(reader, agent)).toEqual([{ kind: 'agent_moved', agent }]);
      });

      test('what was refused, or opens, or only goes on, is no news', async () => {
        const { tenant, id } = await activeSession();
        await doing(tenant, { do: 'end_session', id, at: START, by: 'deactivate' });
        const reader = await stores.nodes.follow();
        await ledger.append(factOf({ tenant, outcome: 'ok' }), [{ do: 'end_session', id, at: START, by: 'expired' }]);
        await doing(tenant, { do: 'close_session', id, at: START, signed: { how: 'deactivate', agentAt: START } });
        await openSession();
        const news = await reader.next();
        expect(news.filter((change) => change.kind === 'session_ended' && change.session === id)).toEqual([]);
        expect(news.filter((change) => change.kind === 'tenant_shut' && change.tenant === tenant)).toEqual([]);
      });

      test('forgetting takes nothing from a reader that keeps up', async () => {
        const { tenant } = await place();
        const reader = await stores.nodes.follow();
        await doing(tenant, { do: 'disarm', tenant });
        await stores.nodes.forget();
        expect(await read(reader, tenant)).toEqual([{ kind: 'tenant_shut', tenant }]);
      });
    });

    describe('what nobody has finished', () => {
      test('open sessions past their time, oldest first, and only those', async () => {
        const at = (minute: number) => ({ createdAt: START + minute * 60_000, expiresAt: START + (minute + 30) * 60_000 });
        const [late, later, ended] = [await openSession(at(-99)), await activeSession(at(-98)), await activeSession(at(-99))];
        await openSession(at(-30 + 1));
        await doing(ended.tenant, { do: 'end_session', id: ended.id, at: START, by: 'expired' });
        expect((await stores.endings.overdue(START, 10)).map((s) => s.id)).toEqual([late.id, later.id]);
        expect((await stores.endings.overdue(later.expiresAt - 1, 10)).map((s) => s.id)).toEqual([late.id]);
        expect((await stores.endings.overdue(START, 1)).map((s) => s.id)).toEqual([late.id]);
      });

      test('a last word is due after its time, unless it came, was never expected, or its absence is on record', async () => {
        const due = START + 5 + LAST_WORD_WITHIN_MS;
        const [silent, asleep, said, saidLater] = [await activeSession(), await openSession(), await activeSession(), await activeSession()];
        const signed = { how: 'expired', agentAt: START + 3 };
        for (const { id, tenant } of [silent, asleep, saidLater]) await doing(tenant, { do: 'end_session', id, at: START + 5, by: 'deactivate' });
        await doing(said.tenant, { do: 'end_session', id: said.id, at: START + 5, by: 'expired', signed });
        await doing(saidLater.tenant, { do: 'close_session', id: saidLater.id, at: START + 9, signed });
        const ids = [silent, asleep, said, saidLater].map((s) => s.id);
        const dueAt = async (now: number) => (await stores.endings.withoutLastWord(now, 100)).map((s) => s.id).filter((id) => ids.includes(id));
        expect(await dueAt(due - 1)).toEqual([]);
        expect(await dueAt(due)).toEqual([silent.id]);

        const words = async () => Promise.all(ids.map(async (id) => { const s = await stores.sessions.byId(id); return s?.state === 'ended' ? s.lastWord : null; }));
        expect(await words()).toEqual([
          { is: 'awaited', dueAt: due, failedAt: null }, { is: 'not_expected' }, { is: 'signed', at: START + 5, ...signed }, { is: 'signed', at: START + 9, ...signed },
        ]);
        await doing(silent.tenant, { do: 'fail_to_close', id: silent.id, at: due });
        expect(await dueAt(due + 1)).toEqual([]);
        expect((await words())[0]).toEqual({ is: 'awaited', dueAt: due, failedAt: due });
        await doing(silent.tenant, { do: 'close_session', id: silent.id, at: due + 9, signed });
        expect((await words())[0]).toEqual({ is: 'signed', at: due + 9, ...signed });
      });

      test('its absence is not on record before its time, and not twice', async () => {
        const { tenant, id } = await activeSession();
        await doing(tenant, { do: 'end_session', id, at: START, by: 'deactivate' });
        const fail = async (at: number) => { const written = await ledger.append(factOf({ tenant, outcome: 'ok' }), [{ do: 'fail_to_close', id, at }]); return written.ok ? 'ok' : written.error.code; };
        expect([await fail(START + LAST_WORD_WITHIN_MS - 1), await fail(START + LAST_WORD_WITHIN_MS), await fail(START + LAST_WORD_WITHIN_MS + 1)]).toEqual(['session_expired', 'ok', 'session_expired']);
      });

      test('while the node that was taken for dead stays silent, its session is ended by who found it', async () => {
        const node = newNode();
        const { tenant, id, epoch } = await openSession({ node });
        await stores.nodes.beat(node, epoch, START);
        const [sign] = (await stores.nodes.othersWithSessions(newNode())).filter((s) => s.node === node);
        await doing(tenant, { do: 'end_session', id, at: START, by: 'server_shutdown', ...(sign && { onlyIfSilent: sign }) });
        expect((await stores.sessions.byId(id))?.state).toBe('ended');
      });
    });

    test('revoke_agent: the row says when, and every code of the agent dies with it', async () => {
      const { tenant } = await place();
      const agent = mustId('agent', `agent_n_codes_${++counter}`);
      const codes = [random(32), random(32)];
      for (const codeHash of codes)
        await doing(tenant, { do: 'issue_code', tenant, code: { codeHash, agent, expectedPublicKey: null, createdBy: 'x', createdAt: START, expiresAt: START + 1_000, used: null } });
      await doing(tenant, { do: 'revoke_agent', agent, at: START + 5 });
      expect(await stores.agents.byId(agent)).toMatchObject({ revokedAt: START + 5 });
      for (const hash of codes) expect((await stores.agents.codeByHash(hash))?.row.expiresAt).toBe(START + 5);
    });
  });
}
