import { toHex, utf8 } from '@argus/kit/bytes.ts';
import { manualClock } from '@argus/kit/clock.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { leafHash } from '@argus/ledger/hash.ts';
import { newRequestId } from '@argus/protocol/ids.ts';
import { expect, test } from 'vitest';
import { ledgerOver } from '../../test/ledger.ts';
import { AGENT, factOf, secretHash, seededRandom, sessionOf, START, TENANT } from '../../test/sample.ts';
import { consentedAndArmed } from '../../test/tenants.ts';
import { memoryStores } from '../adapters/memory/stores.ts';
import type { Attempt } from '../audit/attempt.ts';
import type { LogBatch, LogStore } from '../ports.ts';

const random = seededRandom('late');

/** `lost`: the commit is carried out and nobody hears of it. `gone`: it is not. `hung`: it may be, later. */
type Database = 'well' | 'lost' | 'gone' | 'hung';
function fragile() {
  const stores = memoryStores();
  const clock = manualClock(START);
  const state: { database: Database; hanging: LogBatch[] } = { database: 'well', hanging: [] };
  const store: LogStore = {
    ...stores.leaves,
    async commit(batch) {
      if (state.database === 'well') return stores.leaves.commit(batch);
      if (state.database === 'lost') await stores.leaves.commit(batch);
      if (state.database === 'hung') state.hanging.push(batch);
      throw new Error('Connection terminated unexpectedly');
    },
    settle: async () => state.hanging.length === 0,
  };
  const ledger = ledgerOver(store, clock);
  /** What hung is carried out after all, or never will be. */
  const thaw = async (how: 'carried_out' | 'dropped') => {
    for (const batch of state.hanging.splice(0)) if (how === 'carried_out') await stores.leaves.commit(batch);
  };
  const story = () => stores.rows(TENANT).map(({ audit: a }) => [a.phase, a.outcome, a.code].filter((word) => word !== null).join(' '));
  return { stores, clock, state, ledger, thaw, story };
}
const intent = (over: Partial<Attempt> = {}): Attempt => {
  const { outcome: _outcome, code: _code, ...rest } = factOf({ agent: AGENT, requestId: newRequestId(random), type: 'remote_support_command', command: 'ping' });
  return { ...rest, phase: 'intent', ...over };
};
const outcomeOf = (attempt: Attempt): Attempt => ({ ...attempt, phase: 'outcome', outcome: 'ok', answer: { intentSha256: 'ab'.repeat(32) } });
const HOUR_MS = 3_600_000;

/** Guarantee: nothing is sent for an intent nobody confirmed, and when it turns out to be in the log, the log says so, once. */
test('an intent that was written and not confirmed gets the outcome that nothing was done', async () => {
  const { ledger, state, clock, stores, story } = fragile();
  state.database = 'lost';
  expect(await ledger.append(intent())).toMatchObject({ ok: false, error: { code: 'audit_unavailable' } });
  state.database = 'gone';
  await clock.advance(5_000);
  expect(story()).toEqual(['intent']);
  state.database = 'well';
  await clock.advance(HOUR_MS);
  expect(story()).toEqual(['intent', 'outcome refused audit_unavailable']);
  const [first, second] = stores.rows(TENANT);
  expect(second?.bytes).toContain(`"intent_sha256":"${toHex(leafHash(sha256, utf8(first?.bytes ?? '')))}"`);
  expect(second?.bytes).toContain('"by":"server"');
});

test('an intent that was not written leaves nothing behind', async () => {
  const { ledger, state, clock, story } = fragile();
  state.database = 'gone';
  await ledger.append(intent());
  state.database = 'well';
  await clock.advance(HOUR_MS);
  expect(story()).toEqual([]);
});

test.each(['lost', 'gone'] as const)('an outcome whose commit is %s is in the log when it is back, as it was, once', async (how) => {
  const { ledger, state, clock, story } = fragile();
  const asked = intent();
  await ledger.append(asked);
  state.database = how;
  expect(await ledger.append(outcomeOf(asked))).toMatchObject({ ok: false, error: { code: 'audit_unavailable' } });
  state.database = 'gone';
  await clock.advance(10_000);
  state.database = 'well';
  await clock.advance(HOUR_MS);
  expect(story()).toEqual(['intent', 'outcome ok']);
});

test('an outcome that only asked for a session that stands is written as it was', async () => {
  const { ledger, state, clock, stores } = fragile();
  await consentedAndArmed(ledger);
  const session = sessionOf({ state: 'activating' });
  await ledger.append(intent({ type: 'remote_support_activation', session: session.id }), [{ do: 'open_session', session }]);
  const asked = intent({ session: session.id });
  await ledger.append(asked, [{ do: 'need_standing', session: session.id }]);
  state.database = 'gone';
  expect(await ledger.append(outcomeOf(asked), [{ do: 'need_standing', session: session.id }])).toMatchObject({ ok: false, error: { code: 'audit_unavailable' } });
  state.database = 'well';
  await clock.advance(HOUR_MS);
  expect(stores.rows(TENANT).at(-1)?.audit).toMatchObject({ phase: 'outcome', outcome: 'ok', code: null });
});

/** Guarantee: a token nobody was shown is never minted later. */
test('an outcome that was to change something is written as unknown, without the change', async () => {
  const { ledger, state, clock, stores } = fragile();
  await consentedAndArmed(ledger);
  const session = sessionOf({ state: 'activating' });
  const asked = intent({ type: 'remote_support_activation', session: session.id });
  await ledger.append(asked, [{ do: 'open_session', session }]);
  state.database = 'gone';
  await ledger.append(outcomeOf(asked), [{ do: 'start_session', id: session.id, secretHash: secretHash('session_token', 'rst_x') }]);
  state.database = 'well';
  await clock.advance(HOUR_MS);
  expect(stores.rows(TENANT).at(-1)?.audit).toMatchObject({ phase: 'outcome', outcome: 'unknown', code: 'outcome_unrecorded' });
  expect(await stores.sessions.byId(session.id)).toMatchObject({ state: 'activating' });
});

/** Guarantee: as long as an earlier commit may still come, nothing is decided and nothing is put in its place. */
test.each([['carried_out', ['intent', 'outcome refused audit_unavailable', 'fact ok tenant_not_armed']], ['dropped', ['fact ok tenant_not_armed']]] as const)(
  'while a commit hangs the log takes nothing, and once it is %s the log goes on from there',
  async (how, expected) => {
    const { ledger, state, clock, thaw, story } = fragile();
    state.database = 'hung';
    await ledger.append(intent());
    state.database = 'well';
    expect(await ledger.append(factOf({}))).toMatchObject({ ok: false, error: { code: 'audit_unavailable' } });
    await clock.advance(HOUR_MS);
    expect(story()).toEqual([]);
    await thaw(how);
    await clock.advance(2_000);
    expect(await ledger.append(factOf({ outcome: 'ok' }))).toMatchObject({ ok: true });
    expect(story()).toEqual(expected);
  },
);

/** Guarantee: an operator who uses a request id twice cannot have the log say that the first use came to nothing. */
test('a second use of a request id, given up, leaves the first one alone', async () => {
  const { ledger, state, clock, story } = fragile();
  const asked = intent();
  await ledger.append(asked);
  state.database = 'gone';
  await ledger.append({ ...asked });
  state.database = 'well';
  await clock.advance(HOUR_MS);
  expect(story()).toEqual(['intent']);
  expect(await ledger.append(outcomeOf(asked))).toMatchObject({ ok: true });
});
