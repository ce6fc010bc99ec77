import { isoTime } from '@argus/kit/clock.ts';
import { mustId, newRequestId } from '@argus/protocol/ids.ts';
import { beforeEach, describe, expect, test } from 'vitest';
import { createTestApi } from '../../test/api.ts';
import { filesOf, openBundle } from '../../test/evidence.ts';
import { agentNamed, factOf, INSTANCE, LOG_KEY, newSessionId, NODE, OTHER_TENANT, seededRandom, sessionOf, START, TENANT } from '../../test/sample.ts';
import { consentedAndArmed, IDENTITY } from '../../test/tenants.ts';
import type { MemoryStores } from '../adapters/memory/stores.ts';
import type { Attempt } from '../audit/attempt.ts';
import type { Stores } from '../ports.ts';

const random = seededRandom('bundle');
const AGENT = agentNamed('bundled');

async function worldOf(between?: (stores: MemoryStores) => Stores) {
  const world = createTestApi(between ? { between } : {});
  const pat = await world.newToken(['logs:read']);
  const must = async (attempt: Attempt, ...deeds: NonNullable<Parameters<typeof world.api.ledger.append>[1]>) => {
    const written = await world.api.ledger.append(attempt, deeds);
    if (!written.ok) throw new Error(written.error.internal ?? written.error.code);
    return written.value.seq;
  };
  await consentedAndArmed(world.api.ledger, TENANT, AGENT); // entries 0 to 4
  const get = (query: string, token = pat) => world.http.inject({ method: 'GET', url: `/tenants/${TENANT}/log/bundle${query}`, headers: { authorization: `Bearer ${token}` } });
  /** Three commands among what others do. */
  async function session() {
    const open = sessionOf({ tenant: TENANT, agent: AGENT, state: 'activating', node: NODE });
    const about = { tenant: TENANT, agent: AGENT, session: open.id } as const;
    const indexes = [await must(factOf({ ...about, outcome: 'ok' }), { do: 'open_session', session: open })];
    for (let i = 0; i < 3; i++) {
      const { outcome: _outcome, code: _code, ...asked } = factOf({ ...about, type: 'remote_support_command', command: 'ping', requestId: newRequestId(random) });
      indexes.push(await must({ ...asked, phase: 'intent' }));
      await must(factOf());
      indexes.push(await must({ ...asked, phase: 'outcome', outcome: 'unknown', code: 'command_timed_out' }));
    }
    return { id: open.id, indexes };
  }
  const many = (count: number) => Promise.all(Array.from({ length: count }, () => must(factOf())));
  return { ...world, pat, must, many, get, session };
}
let world: Awaited<ReturnType<typeof worldOf>>;
beforeEach(async () => void (world = await worldOf()));

test('of a whole log: every entry, under a checkpoint whose root they add up to, and earlier checkpoints of the same log', async () => {
  for (let i = 0; i < 300; i++) await world.must(factOf({ reason: `größer "${i}" \\ 🎥` }));
  const answer = await world.get('');
  expect(answer.headers).toMatchObject({
    'content-type': 'application/x-tar', 'content-length': String(answer.rawPayload.length), 'content-disposition': `attachment; filename="${TENANT}-0-305.tar"`, 'cache-control': 'no-store',
  });
  const { bundle, leaves, checkpoints, agents, texts } = openBundle(answer.rawPayload, LOG_KEY.publicKey);
  expect(bundle).toEqual({ v: 1, kind: 'log', instance: INSTANCE, tenant: TENANT, made_at: isoTime(START), from: 0, to: 305, size: 305, log_keys: [LOG_KEY.publicKeyText] });
  expect(leaves.map(({ leaf }) => leaf)).toEqual(world.memory.rows(TENANT).map((row) => row.bytes));
  expect(texts['proofs.ndjson']).toBe('');
  expect(checkpoints.length).toBe(256);
  expect(checkpoints.every((one, i) => i === 0 || one.size > (checkpoints[i - 1]?.size ?? 0))).toBe(true);
  expect(agents).toEqual([{ agent: AGENT, public_key: IDENTITY.publicKeyText, enrolled_index: 4 }]);
  expect(texts['README.txt']).toContain('the whole log');
});

test('of a period: these entries, each with its own proof', async () => {
  await world.many(300);
  const { bundle, leaves, proofs, checkpoints } = openBundle((await world.get('?kind=period&from=7&to=280')).rawPayload, LOG_KEY.publicKey);
  expect(bundle).toMatchObject({ kind: 'period', from: 7, to: 280, size: 305 });
  expect([leaves.length, leaves[0]?.index, leaves.at(-1)?.index, proofs.length]).toEqual([273, 7, 279, 273]);
  expect(checkpoints.every(({ size }) => size >= 7 && size < 305)).toBe(true);
  expect(openBundle((await world.get('?kind=period&from=300')).rawPayload, LOG_KEY.publicKey).leaves).toHaveLength(5);
});

test('of a session: its entries, and the consent, the arming and the enrollment it stands on', async () => {
  await consentedAndArmed(world.api.ledger, OTHER_TENANT, agentNamed('of_others'));
  const { id, indexes } = await world.session();
  await world.must(factOf());
  const { bundle, leaves, agents } = openBundle((await world.get(`?kind=session&session=${id}`)).rawPayload, LOG_KEY.publicKey);
  expect(leaves.map(({ index }) => index)).toEqual([1, 2, 4, ...indexes]);
  expect(bundle).toMatchObject({ kind: 'session', session: id, from: 1, to: (indexes.at(-1) ?? 0) + 1 });
  expect(agents).toEqual([{ agent: AGENT, public_key: IDENTITY.publicKeyText, enrolled_index: 4 }]);
});

test('of a log of one entry, which has no earlier checkpoint and no machine', async () => {
  const tenant = mustId('tenant', 'ONE_ENTRY');
  await world.must(factOf({ tenant, type: 'tenant_created', outcome: 'ok' }));
  const answer = await world.http.inject({ method: 'GET', url: `/tenants/${tenant}/log/bundle`, headers: { authorization: `Bearer ${world.pat}` } });
  const { leaves, texts } = openBundle(answer.rawPayload, LOG_KEY.publicKey);
  expect([leaves.length, texts['checkpoints.ndjson'], texts['agents.ndjson']]).toEqual([1, '', '']);
});

test('while the log grows: as far as it reached when it was asked for', async () => {
  await world.many(300);
  const [answer] = await Promise.all([world.get(''), ...Array.from({ length: 50 }, () => world.must(factOf()))]);
  const { bundle, leaves } = openBundle(answer.rawPayload, LOG_KEY.publicKey);
  expect(leaves.length).toBe(bundle.size);
});

test.each(['?kind=x', '?kind=log&from=1', '?from=0', '?kind=period&from=5&to=5', '?kind=period&from=9&to=5', '?kind=period&to=99999', '?kind=session', `?session=${newSessionId()}`, '?kind=period&from=x', '?what=x'])(
  'asked for with %s is refused',
  async (query) => expect((await world.get(query)).json()).toMatchObject({ code: 'bad_request' }),
);

/** Guarantee: a session of somebody else's is not there, whoever's log is named beside it. */
test('of a session of another tenant, or of nobody, there is none', async () => {
  const agent = agentNamed('of_others');
  await consentedAndArmed(world.api.ledger, OTHER_TENANT, agent);
  const open = sessionOf({ tenant: OTHER_TENANT, agent, state: 'activating', node: NODE });
  await world.must(factOf({ tenant: OTHER_TENANT, agent, session: open.id, outcome: 'ok' }), { do: 'open_session', session: open });
  for (const id of [open.id, newSessionId()]) expect((await world.get(`?kind=session&session=${id}`)).json()).toMatchObject({ code: 'session_not_found' });
});

test('is on record before any of it leaves, and does not leave when it cannot be recorded', async () => {
  await world.get('');
  const { rows } = await world.memory.records.apiCalls({ tenants: null, match: { route: '/tenants/{tenant}/log/bundle' }, limit: 9 });
  expect(rows).toMatchObject([{ status: 200, tenant: TENANT, scope: 'logs:read' }]);

  let isDown = true;
  const unrecorded = await worldOf((stores) => ({ ...stores, calls: { ...stores.calls, add: async (...args) => { if (isDown) throw new Error('gone'); return stores.calls.add(...args); } } }));
  for (let i = 0; i < 5; i++) expect((await unrecorded.get('')).json()).toMatchObject({ code: 'audit_unavailable' }); // and each lets go of its place
  isDown = false;
  expect((await unrecorded.get('')).statusCode).toBe(200);
});

describe('when something is not as it was', () => {
  /** Guarantee: nothing incomplete looks whole. */
  test.each(['', '?kind=period&from=0&to=300'])('an entry that is gone before it begins: refused (%s)', async (query) => {
    const damaged = await worldOf((stores) => ({ ...stores, evidence: { ...stores.evidence, weigh: async (tree, range) => { const w = await stores.evidence.weigh(tree, range); return { ...w, count: w.count - 1 }; } } }));
    await damaged.many(300);
    expect((await damaged.get(query)).json()).toMatchObject({ status: 500, code: 'log_damaged' });
  });

  const breaking: Readonly<Record<string, (stores: MemoryStores, isOn: () => boolean) => Stores['evidence']>> = {
    'an entry that goes missing': (stores, isOn) => ({ ...stores.evidence, leavesAt: async (tree, at) => (await stores.evidence.leavesAt(tree, at)).filter(({ seq }) => !isOn() || seq !== 400) }),
    'a text that becomes shorter': (stores, isOn) => ({ ...stores.evidence, leavesAt: async (tree, at) => (await stores.evidence.leavesAt(tree, at)).map((row) => (isOn() && row.seq === 400 ? { ...row, bytes: 'x' } : row)) }),
    'a text that becomes longer': (stores, isOn) => ({ ...stores.evidence, leavesAt: async (tree, at) => (await stores.evidence.leavesAt(tree, at)).map((row) => (isOn() && row.seq === 400 ? { ...row, bytes: `${row.bytes} ` } : row)) }),
    'a database that goes away': (stores, isOn) => ({ ...stores.evidence, leavesAt: async (tree, at) => { if (isOn() && at.includes(400)) throw new Error('gone'); return stores.evidence.leavesAt(tree, at); } }),
  };
  test.each(Object.entries(breaking))('%s on the way: what came is not a bundle, and less than was announced', async (_what, evidence) => {
    let isOn = false;
    const damaged = await worldOf((stores) => ({ ...stores, evidence: evidence(stores, () => isOn) }));
    await damaged.many(600);
    const whole = (await damaged.get('')).rawPayload;
    expect(() => openBundle(whole, LOG_KEY.publicKey)).not.toThrow();
    isOn = true;
    await damaged.http.listen({ host: '127.0.0.1', port: 0 });
    const [address] = damaged.http.addresses();
    const answer = await fetch(`http://127.0.0.1:${typeof address === 'object' ? address.port : 0}/tenants/${TENANT}/log/bundle`, { headers: { authorization: `Bearer ${damaged.pat}` } });
    expect([answer.status, answer.headers.get('content-length')]).toEqual([200, String(whole.length)]);
    const got: Uint8Array[] = [];
    const reading = (async () => { for await (const chunk of answer.body ?? []) got.push(chunk); })();
    await expect(reading).rejects.toThrow('terminated');
    expect(() => filesOf(Buffer.concat(got))).toThrow(/cut short/);
    expect(damaged.said.map(([, what]) => what)).toContain('download_broken');
    isOn = false;
    expect((await damaged.get('')).statusCode).toBe(200); // its place is free again
    await damaged.api.close();
  });

  test('an entry whose text was changed comes as it is: the reader finds that it has another root', async () => {
    const damaged = await worldOf((stores) => ({
      ...stores,
      evidence: { ...stores.evidence, leavesAt: async (tree, at) => (await stores.evidence.leavesAt(tree, at)).map((row) => (row.seq === 3 ? { ...row, bytes: row.bytes.replace('outcome', 'oUtcome') } : row)) },
    }));
    const { rawPayload } = await damaged.get('');
    expect(() => openBundle(rawPayload, LOG_KEY.publicKey)).toThrow('root');
  });
});
