/** Two servers on one real database, machines on the line of both, and one nonce for fifty activations at once. */
import { toBase64 } from '@argus/kit/bytes.ts';
import { isoTime } from '@argus/kit/clock.ts';
import { envelopeKeys, helloMac, opener, sealer } from '@argus/keys/channel.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { newPat } from '@argus/keys/secrets.ts';
import { emptyRoot } from '@argus/ledger/hash.ts';
import { encodeFrame, parseDown, type UpFrame } from '@argus/protocol/frames.ts';
import { mustId, type AgentId, type TenantId } from '@argus/protocol/ids.ts';
import { testDatabase, type TestDatabase } from '@argus/testkit/postgres.ts';
import type { Pool } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestApi, INSIDE, OPS_TOKEN } from '../../test/api.ts';
import { MANIFEST } from '../../test/dial.ts';
import { seededRandom, START } from '../../test/sample.ts';
import { consentedAndArmed, keepPat, PASSKEY } from '../../test/tenants.ts';
import { postgresStores } from '../adapters/postgres/stores.ts';
import { openPool } from '../db/pools.ts';

const random = seededRandom('one nonce');
const PAT = newPat(random);
type Api = ReturnType<typeof createTestApi>;
type Place = { readonly tenant: TenantId; readonly agent: AgentId };
const placeOf = (n: number): Place => ({ tenant: mustId('tenant', `NONCE_00${n}`), agent: mustId('agent', `agent_nonce_00${n}`) });
const places: readonly Place[] = Array.from({ length: 10 }, (_, i) => placeOf(i));
const another = placeOf(10);

let db: TestDatabase;
let pools: readonly Pool[];
let apis: readonly Api[];
const activated: string[] = []; // as the machines see it

/** A machine that proves itself and says yes to everything. */
async function dialIn({ door }: Api['api'], { tenant, agent }: Place): Promise<void> {
  const fields = {
    v: 1 as const, agent, tenant, nonce_a: Buffer.from(random(16)).toString('hex'), timestamp: isoTime(START), protocol: 1, agent_version: '1.4.0',
    log_size: 0, log_root: toBase64(emptyRoot(sha256)),
  };
  const h1 = JSON.stringify({ type: 'h1', ...fields, mac: helloMac(PASSKEY, fields) });
  await new Promise<void>((isIn, isOut) => {
    let say: ((frame: UpFrame) => void) | null = null;
    let read: ((text: string) => string | null) | null = null;
    const events = door.accept({
      address: '198.51.100.4',
      close: (_code, reason) => isOut(new Error(reason)),
      send(text) {
        if (!read) {
          const keys = envelopeKeys(PASSKEY, h1, text);
          const seal = sealer(keys.up);
          read = opener(keys.down);
          const up = (say = (frame) => events.message(seal(encodeFrame(frame))));
          setImmediate(() => {
            up({ type: 'manifest', manifest: MANIFEST, session: null });
            isIn();
          });
          return;
        }
        const frame = parseDown(read(text) ?? '');
        if (!frame.ok || frame.value.type !== 'activate') return;
        const { session } = frame.value;
        activated.push(session);
        setImmediate(() => say?.({ type: 'activated', session, indicator: true }));
      },
    });
    events.message(h1);
  });
}

beforeAll(async () => {
  db = await testDatabase();
  pools = [1, 2].map(() => openPool({ connection: db.runtime, max: 8, say: () => undefined }));
  apis = pools.map((pool) => createTestApi({ between: () => postgresStores(pool) }));
  const [first] = apis;
  if (!first) throw new Error('there are two');
  await keepPat(first.api.ledger, PAT, ['remote_support']);
  for (const { tenant, agent } of [...places, another]) await consentedAndArmed(first.api.ledger, tenant, agent);
  for (const { api } of apis) for (const place of [...places, another]) await dialIn(api, place);
});
afterAll(async () => {
  for (const pool of pools) await pool.end();
  await db.drop();
});

async function activate({ http }: Api, { tenant, agent }: Place, nonce: string): Promise<{ status: number; code: string; session: string | undefined }> {
  const answer = await http.inject({
    method: 'POST',
    url: `/support/agents/${agent}/activate`,
    headers: { 'x-forwarded-for': INSIDE, authorization: `Bearer ${PAT}`, 'x-argus-ops-token': OPS_TOKEN },
    payload: { tenant_id: tenant, reason: 'investigate alert', nonce, timestamp: isoTime(START) },
  });
  const { code = 'ok', session_id } = answer.json<{ code?: string; session_id?: string }>();
  return { status: answer.statusCode, code, session: session_id };
}

/** Guarantee: a nonce opens one session, whatever machine it is for, whichever server is asked, however many ask at once. */
test('of fifty activations with one nonce, through two servers and for ten machines, one wins', async () => {
  const nonce = 'n'.repeat(22);
  const asked = Array.from({ length: 50 }, (_, i) => activate(apis[i % 2] as Api, places[i % places.length] as Place, nonce));
  const answers = await Promise.all(asked);
  const won = answers.filter(({ status }) => status === 201);
  expect(won).toHaveLength(1);
  // Whoever asks for the machine of the winner may hear of its session first.
  expect([...new Set(answers.filter(({ status }) => status !== 201).map(({ code }) => code))].filter((code) => code !== 'session_active')).toEqual(['nonce_replayed']);
  expect(answers.filter(({ code }) => code === 'nonce_replayed').length).toBeGreaterThanOrEqual(45);
  expect(activated).toEqual([won[0]?.session]);
  const { rows } = (await pools[0]?.query<{ outcome: string; n: number }>(
    `SELECT coalesce(outcome, phase) AS outcome, count(*) AS n FROM argus.remote_support_audit WHERE action = 'remote_support_activation' GROUP BY 1 ORDER BY 1`,
  )) ?? { rows: [] };
  expect(rows).toEqual([{ outcome: 'intent', n: 1 }, { outcome: 'ok', n: 1 }, { outcome: 'refused', n: 49 }]);
});

test('of fifty activations of one machine with fifty nonces, through two servers, one wins', async () => {
  const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => activate(apis[i % 2] as Api, another, Buffer.from(random(16)).toString('hex'))));
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  expect(new Set(answers.map(({ code }) => code))).toEqual(new Set(['ok', 'session_active']));
});
