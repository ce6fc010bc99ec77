/** What every store of presence promises. Each adapter runs this suite. */
import { AGENT_SORTS } from '@argus/protocol/http/agents.ts';
import { mustId, newHandle, type AgentId, type NodeId, type TenantId } from '@argus/protocol/ids.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ledgerOver } from '../../test/ledger.ts';
import { DAY_MS, factOf, seededRandom, sessionOf, START } from '../../test/sample.ts';
import { consentedAndArmed } from '../../test/tenants.ts';
import { STATE_ORDER, type AgentSeen, type AgentsAsked, type Asking, type Came } from '../agents/presence.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Deed, Stores } from '../ports.ts';

const random = seededRandom('presence contract');
const newNode = (): NodeId => newHandle('node', random);
let counter = 0;
const ALL: Omit<AgentsAsked, 'tenants'> = { words: [], state: undefined, sort: 'agent', order: 'up', offset: 0, limit: null };

export function presenceContract(name: string, make: () => Promise<{ readonly stores: Stores; readonly close: () => Promise<void> }>): void {
  // oxlint-disable-next-line vitest/valid-title -- each adapter says its own name
  describe(name, () => {
    let made: Awaited<ReturnType<typeof make>>;
    let stores: Stores;
    let ledger: Ledger;
    beforeAll(async () => {
      made = await make();
      stores = made.stores;
      ledger = ledgerOver(stores.leaves);
    });
    afterAll(() => made.close());

    const doing = async (tenant: TenantId, deed: Deed) => expect(await ledger.append(factOf({ tenant, outcome: 'ok' }), [deed])).toMatchObject({ ok: true });
    /** An armed tenant with so many agents; the names of its agents are in the order of the alphabet. */
    async function fleet(size = 1): Promise<{ readonly tenant: TenantId; readonly agents: readonly [AgentId, ...AgentId[]] }> {
      const n = String(++counter).padStart(4, '0');
      const tenant = mustId('tenant', `P_${n}`);
      const agents = Array.from({ length: size }, (_, i) => mustId('agent', `agent_p_${n}_${i}`)) as unknown as [AgentId, ...AgentId[]]; // there is one at least
      await consentedAndArmed(ledger, tenant, agents[0]);
      for (const agent of agents.slice(1)) {
        const codeHash = random(32);
        await doing(tenant, { do: 'issue_code', tenant, code: { codeHash, agent, expectedPublicKey: null, createdBy: 'ana@argus.example', createdAt: START, expiresAt: START + DAY_MS, used: null } });
      }
      return { tenant, agents };
    }
    async function aliveNode(at = START): Promise<Asking> {
      const node = newNode();
      const epoch = await stores.founding.nextEpoch(node, at);
      await stores.nodes.beat(node, epoch, at);
      return { node, epoch, now: START };
    }
    const cameTo = (by: Asking, agent: AgentId, at = START): Came => ({ agent, node: by.node, epoch: by.epoch, at, connection: newHandle('connection', random) });
    const seen = async (tenant: TenantId, by: Asking, over: Partial<AgentsAsked> = {}) => stores.presence.page({ ...ALL, tenants: [tenant], ...over }, by);

    test('a line is here for the node it came to and elsewhere for another, until it goes', async () => {
      const [{ tenant, agents: [agent] }, here, other] = [await fleet(), await aliveNode(), await aliveNode()];
      expect((await seen(tenant, here)).agents).toMatchObject([{ id: agent, state: 'offline', line: null }]);
      const line = cameTo(here, agent);
      await stores.presence.note([line], []);
      expect((await seen(tenant, here)).agents).toMatchObject([{ state: 'online', line: 'here' }]);
      expect((await seen(tenant, other)).agents).toMatchObject([{ state: 'online', line: 'another_node' }]);
      await stores.presence.note([], [{ connection: line.connection, at: START + 5 }]);
      expect((await seen(tenant, other)).agents).toMatchObject([{ state: 'offline', line: null }]);
    });

    /** Guarantee: a line that a crash left open is not shown as there. */
    test('a line of a node that began anew, or that never showed a sign of life, is not there', async () => {
      const [{ tenant, agents: [one, two] }, here, died] = [await fleet(2), await aliveNode(), await aliveNode()];
      const silent = { node: newNode(), epoch: 1, now: START };
      await stores.presence.note([cameTo(died, one), ...(two ? [cameTo(silent, two)] : [])], []);
      expect((await seen(tenant, here)).agents[0]).toMatchObject({ line: 'another_node' });
      await stores.founding.nextEpoch(died.node, START + 1);
      expect((await seen(tenant, here)).agents.map(({ line }) => line)).toEqual([null, null]);
    });

    test('a replaced line that ends later does not take the newer one with it, and what is noted twice is there once', async () => {
      const [{ tenant, agents: [agent] }, here] = [await fleet(), await aliveNode()];
      const [first, second] = [cameTo(here, agent), cameTo(here, agent, START + 10)];
      await stores.presence.note([first, second], [{ connection: first.connection, at: START + 11 }]);
      await stores.presence.note([first, second], []);
      expect((await seen(tenant, here)).agents).toMatchObject([{ line: 'here' }]);
      expect(await stores.presence.lines(agent, START - DAY_MS, 10)).toMatchObject([{ cameAt: START + 10 }, { cameAt: START, wentAt: START + 11 }]);
    });

    test('the next life of a node ends what the one before left open, and lets go of what is too old', async () => {
      const [{ agents: [agent] }, here] = [await fleet(), await aliveNode()];
      const old = cameTo(here, agent, START - 2 * DAY_MS);
      await stores.presence.note([old, cameTo(here, agent)], [{ connection: old.connection, at: START - DAY_MS }]);
      await stores.presence.tidy(here, START - 3 * DAY_MS);
      expect(await stores.presence.lines(agent, 0, 10)).toHaveLength(2);
      const epoch = await stores.founding.nextEpoch(here.node, START);
      await stores.presence.tidy({ node: here.node, epoch }, START - DAY_MS + 1);
      const [line, ...more] = await stores.presence.lines(agent, 0, 10);
      expect(line?.wentAt).not.toBeNull();
      expect(more).toEqual([]);
    });

    test('what is asked for is found by its words, its state and its session, a page at a time, with how many there are', async () => {
      const [{ tenant, agents }, here] = [await fleet(5), await aliveNode()];
      const [a, b, c] = agents;
      await stores.presence.note([cameTo(here, a)], []);
      const session = sessionOf({ tenant, agent: a, state: 'activating', node: here.node, epoch: here.epoch });
      await doing(tenant, { do: 'open_session', session });
      await doing(tenant, { do: 'start_session', id: session.id, secretHash: random(32) });
      if (c) await doing(tenant, { do: 'revoke_agent', agent: c, at: START });
      const ids = async (over: Partial<AgentsAsked>) => (await seen(tenant, here, over)).agents.map(({ id }) => id);
      expect(await ids({ words: [tenant.toLowerCase(), b ?? ''] })).toEqual([b]);
      expect(await ids({ words: ['%'] })).toEqual([]); // a sign is a sign
      expect(await ids({ state: 'online' })).toEqual([a]);
      expect(await ids({ state: 'in_session' })).toEqual([a]);
      expect(await ids({ state: 'revoked' })).toEqual([c]);
      expect(await ids({ agent: b ?? a })).toEqual([b]);
      expect(await ids({ sort: 'state', order: 'down' })).toEqual([c, b, ...agents.slice(3), a]);
      expect(await seen(tenant, here, { offset: 2, limit: 2 })).toMatchObject({ total: 5, agents: [{ id: agents[2] }, { id: agents[3] }] });
      expect(await seen(tenant, here, { offset: 50, limit: 2 })).toEqual({ total: 5, agents: [] });
      expect((await seen(tenant, here, { state: 'online' })).agents[0]?.session).toBe(session.id);
      expect((await seen(tenant, { ...here, now: session.expiresAt })).agents[0]?.session).toBeNull(); // its time is up
      expect(await stores.presence.counts([tenant], here)).toEqual([{ tenant_id: tenant, agents: 4, online: 1, in_session: 1 }]);
    });

    /** A mixed lot: two of each state, one of the online ones on another node, one with two lines, and nobody says anything in order. */
    async function mixed() {
      const [{ tenant, agents }, here, other] = [await fleet(9), await aliveNode(), await aliveNode()];
      const enroll = async (agent: AgentId, version: string, platform: string) => {
        const codeHash = random(32);
        await doing(tenant, { do: 'issue_code', tenant, code: { codeHash, agent, expectedPublicKey: null, createdBy: 'ana@argus.example', createdAt: START, expiresAt: START + DAY_MS, used: null } });
        await doing(tenant, { do: 'enroll_agent', codeHash, agent, enrolled: { at: START, publicKey: `key of ${agent}`, sealedPasskey: random(60), version, platform } });
      };
      const said = [['1.10.0', 'linux'], ['1.9.0', 'darwin'], ['1.9.0', 'Linux'], ['1.10.0', 'darwin'], ['1.2.0', 'linux']] as const;
      for (const [i, [version, platform]] of said.entries()) await enroll(mustId('agent', `${agents[0].slice(0, -1)}${i + 2}`), version, platform);
      const [a, b, c, d, e, f, g, h] = agents as unknown as readonly AgentId[] & { readonly [i: number]: AgentId };
      for (const [agent, at] of [[a, 5], [d, 9], [c, 1], [f, 9]] as const) if (agent) await stores.agents.seen(agent, START + at, null);
      for (const agent of [e, h]) if (agent) await doing(tenant, { do: 'revoke_agent', agent, at: START });
      const lines = [g, c, e].flatMap((agent) => (agent ? [cameTo(here, agent)] : []));
      await stores.presence.note([...lines, ...(g && d ? [cameTo(other, g), cameTo(other, d)] : [])], []);
      return { tenant, here, b };
    }

    /** Guarantee: whoever turns the pages passes every machine once, whatever the order. */
    test('the pages of every order and of every state are the whole in that order, cut', async () => {
      const { tenant, here } = await mixed();
      const of = { agent: (x: AgentSeen) => x.id, state: (x: AgentSeen) => STATE_ORDER.indexOf(x.state), tenant: (x: AgentSeen) => x.tenant, version: (x: AgentSeen) => x.version ?? '', platform: (x: AgentSeen) => x.platform ?? '', seen: (x: AgentSeen) => x.lastSeenAt ?? -1 };
      const all = (await seen(tenant, here)).agents;
      expect(all.map(({ state, line }) => line ?? state)).toEqual(['offline', 'code_issued', 'here', 'another_node', 'revoked', 'offline', 'here', 'revoked', 'code_issued']);
      for (const words of [[], ['agent_p']]) {
        for (const state of [undefined, ...STATE_ORDER]) {
          for (const sort of AGENT_SORTS) {
            for (const order of ['up', 'down'] as const) {
              const fitting = all.filter((one) => state === undefined || one.state === state);
              const before = (x: AgentSeen, y: AgentSeen) => (of[sort](x) < of[sort](y) ? -1 : of[sort](x) > of[sort](y) ? 1 : 0) * (order === 'up' ? 1 : -1) || (x.id < y.id ? -1 : 1);
              const pages: AgentSeen[] = [];
              for (let offset = 0; offset <= fitting.length; offset += 2) {
                const page = await seen(tenant, here, { words, state, sort, order, offset, limit: 2 });
                expect(page.total).toBe(fitting.length);
                pages.push(...page.agents);
              }
              const asked = JSON.stringify({ words, state, sort, order });
              expect([asked, ...pages.map(({ id }) => id)]).toEqual([asked, ...fitting.toSorted(before).map(({ id }) => id)]);
              expect((await seen(tenant, here, { words, state, sort, order })).agents).toEqual(pages);
            }
          }
        }
      }
      expect(await stores.presence.counts([tenant], here)).toEqual([{ tenant_id: tenant, agents: 7, online: 3, in_session: 0 }]);
    });

    /** Guarantee: nobody learns of machines of tenants they may not see. */
    test('another tenant has no share in a page or in a count', async () => {
      const [mine, theirs, here] = [await fleet(2), await fleet(3), await aliveNode()];
      expect((await seen(mine.tenant, here, { words: [theirs.tenant.toLowerCase()] })).total).toBe(0);
      expect((await stores.presence.page({ ...ALL, tenants: [] }, here)).total).toBe(0);
      expect(await stores.presence.counts([], here)).toEqual([]);
      expect((await stores.presence.page({ ...ALL, tenants: [mine.tenant], agent: theirs.agents[0] }, here)).agents).toEqual([]);
    });
  });
}
