import { toHex } from '@argus/kit/bytes.ts';
import { manualClock } from '@argus/kit/clock.ts';
import { err } from '@argus/kit/result.ts';
import { deny } from '@argus/protocol/errors.ts';
import { newRequestId } from '@argus/protocol/ids.ts';
import { parseLeaf } from '@argus/protocol/leaf.ts';
import { expect, test } from 'vitest';
import { ledgerOver } from '../../test/ledger.ts';
import { AGENT, NODE, seededRandom, sessionOf, START, TENANT } from '../../test/sample.ts';
import { consentedAndArmed } from '../../test/tenants.ts';
import { memoryStores } from '../adapters/memory/stores.ts';
import type { Attempt } from '../audit/attempt.ts';
import type { Ledger } from './ledger.ts';
import { recoverOpenIntents } from './recover.ts';

const random = seededRandom('recover');

async function crashed() {
  const stores = memoryStores();
  const clock = manualClock(START);
  const ledger = ledgerOver(stores.leaves, clock);
  await consentedAndArmed(ledger);
  const session = sessionOf({ state: 'activating' });
  const intent: Attempt = {
    at: START, type: 'remote_support_activation', phase: 'intent', tenant: TENANT, agent: AGENT, session: session.id, operator: session.operator,
    by: 'operator', reason: session.reason, requestId: newRequestId(random), args: { minutes: 30 },
  };
  const opened = await ledger.append(intent, [{ do: 'open_session', session }]);
  const command: Attempt = { ...intent, type: 'remote_support_command', requestId: newRequestId(random), command: 'ping', args: {} };
  const asked = await ledger.append(command);
  if (!opened.ok || !asked.ok) throw new Error('the crash did not come this far');
  const start = (epoch: number) => recoverOpenIntents({ log: stores.leaves, ledger, clock }, NODE, epoch);
  return { stores, clock, ledger, intent, command, opened: opened.value, asked: asked.value, start };
}

/** Guarantee: an intent nobody answered is never left open, and never called anything but unknown. */
test('after a crash every open intent gets the one honest outcome, bound to its intent', async () => {
  const { stores, clock, command, opened, asked, start } = await crashed();
  clock.setWall(START + 60_000);
  expect(await start(2)).toBe(2);
  const outcomes = stores.rows(TENANT).slice(-2).map((row) => parseLeaf(row.bytes)).map((leaf) => leaf.ok && leaf.value);
  expect(outcomes).toMatchObject([
    { type: 'remote_support_activation', phase: 'outcome', outcome: 'unknown', code: 'server_shutdown', by: 'server', intent_sha256: toHex(opened.leafHash), at: '2026-03-01T12:01:00.000Z' },
    { type: 'remote_support_command', phase: 'outcome', outcome: 'unknown', command: 'ping', request_id: command.requestId, intent_sha256: toHex(asked.leafHash), reason: 'investigate alert', operator: 'ana@argus.example' },
  ]);
});

test('once is enough: a second start finds nothing', async () => {
  const { start } = await crashed();
  expect([await start(2), await start(2), await start(3)]).toEqual([2, 0, 0]);
});

test('what this very life of the node has open is left alone', async () => {
  const { start } = await crashed();
  expect(await start(1)).toBe(0);
});

test('an intent that was answered needs nothing', async () => {
  const { ledger, command, start } = await crashed();
  await ledger.append({ ...command, phase: 'outcome', outcome: 'ok', answer: { intentSha256: 'ab'.repeat(32) } });
  expect(await start(2)).toBe(1);
});

test('an intent that cannot be read stops the start: something is wrong with the log', async () => {
  const { clock, ledger } = await crashed();
  const log = { openIntents: async () => [{ seq: 0, bytes: '{}' }] };
  await expect(recoverOpenIntents({ log, ledger, clock }, NODE, 2)).rejects.toThrow('cannot be read');
});

/** Guarantee: what is open is not forgotten by a start that could not write it: such a start opens no door. */
test('an outcome that cannot be written stops the start, and the next one finds the intent again', async () => {
  const { stores, clock, start } = await crashed();
  const away: Pick<Ledger, 'append'> = { append: async () => err(deny('audit_unavailable')) };
  await expect(recoverOpenIntents({ log: stores.leaves, ledger: away, clock }, NODE, 2)).rejects.toThrow('could not be written');
  expect(await start(3)).toBe(2);
});
