/** The whole API on memory stores and a clock that is moved by hand, for tests that come in through its doors. */
import { manualClock, type ManualClock } from '@argus/kit/clock.ts';
import { newPat } from '@argus/keys/secrets.ts';
import { newHandle, type TenantId } from '@argus/protocol/ids.ts';
import { memoryStores, type MemoryStores } from '../src/adapters/memory/stores.ts';
import { quietVitals } from '../src/adapters/memory/vitals.ts';
import { readDocFiles } from '../src/adapters/doc-files/read.ts';
import { createOpsApi } from '../src/app.ts';
import { networksOf } from '../src/http/address.ts';
import type { Scope } from '../src/people/principal.ts';
import type { Log, Stores } from '../src/ports.ts';
import { holdToItsWord } from './held.ts';
import { INSTANCE, LOG_KEY, MASTER_KEY, newId, NODE, secretHash, seededRandom, START } from './sample.ts';

export const OPS_TOKEN = 'ops-token-of-the-tests-at-least-32-chars';
export const INSIDE = '10.1.2.3';
export const OUTSIDE = '203.0.113.9';

/** What tests hash at: the cost itself is not what they are about. */
export const QUICK = { n: 16, r: 8, p: 1 } as const;

type Over = { between?: (stores: MemoryStores) => Stores; clock?: ManualClock } & Partial<Parameters<typeof createOpsApi>[0]>;
export function createTestApi({ between = (stores) => stores, clock = manualClock(START), ...over }: Over = {}) {
  const random = seededRandom('api');
  const memory = memoryStores();
  const stores = between(memory);
  const said: Parameters<Log>[] = [];
  const api = createOpsApi({
    clock, random, newId, stores,
    instance: INSTANCE,
    logKey: LOG_KEY,
    node: { id: NODE, epoch: 1 },
    masterKey: MASTER_KEY,
    enabled: true,
    opsTokens: [OPS_TOKEN],
    operatorNetworks: networksOf(['10.1.0.0/16']),
    trustedProxies: networksOf(['127.0.0.0/8']),
    heartbeatS: 15,
    isDatabaseUp: async () => true,
    metricsToken: undefined,
    vitals: quietVitals,
    people: { passwordCost: QUICK },
    build: { version: '0.0.0', node: 'v24' },
    docs: readDocFiles,
    log: (...line) => void said.push(line),
    ...over,
  });
  holdToItsWord(api.http);
  async function newToken(scopes: readonly Scope[], tenants: readonly TenantId[] | null = null): Promise<string> {
    const pat = newPat(random);
    await memory.pats.add({
      tokenId: newHandle('token', random), secretHash: secretHash('pat', pat), operator: 'ana@argus.example', name: 'test', scopes, tenants,
      createdAt: clock.now(), expiresAt: clock.now() + 86_400_000,
    });
    return pat;
  }
  return { api, clock, memory, said, newToken, http: api.http };
}
