/** What every store of alerts, of results and of the record promises. Each adapter runs this suite on one set of stores. */
import { mustId, type TenantId } from '@argus/protocol/ids.ts';
import { leafHash } from '@argus/ledger/hash.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { utf8 } from '@argus/kit/bytes.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { alertOf, reconciliationOf } from '../../test/alerts.ts';
import { honestRecord, MIDNIGHT, WINDOW } from '../../test/honest-record.ts';
import { consentedAndArmed } from '../../test/tenants.ts';
import { agentNamed, DAY_MS, factOf, OTHER_TENANT, sessionOf, START, TENANT } from '../../test/sample.ts';
import type { Alert } from '../alerts/alert.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Deed, Stores } from '../ports.ts';

let counter = 0;

export function alertsContract(name: string, make: () => Promise<{ readonly stores: Stores; readonly close: () => Promise<void> }>): void {
  // oxlint-disable-next-line vitest/valid-title -- each adapter says its own name
  describe(name, () => {
    let stores: Stores;
    let ledger: Ledger;
    let close: () => Promise<void>;
    beforeAll(async () => {
      ({ stores, close } = await make());
      ({ ledger } = await honestRecord(stores));
    });
    afterAll(() => close());
    const doing = async (deed: Deed) => {
      const written = await ledger.append(factOf({ tenant: null, outcome: 'ok', type: 'tripwire_fired' }), [deed]);
      return written.ok ? 'done' : written.error.code;
    };
    const raised = async (over: Partial<Alert> = {}): Promise<Alert> => {
      const alert = alertOf({ at: START + ++counter, ...over });
      expect(await doing({ do: 'raise_alert', alert })).toBe('done');
      return alert;
    };
    const newTenant = (): TenantId => mustId('tenant', `A_${String(++counter).padStart(4, '0')}`);

    describe('alerts', () => {
      test('are read as they were raised, and then as somebody acknowledged them', async () => {
        const alert = await raised({ tenant: TENANT, agent: agentNamed(1), session: sessionOf().id, details: ['a "quoted"', '{b,c}'], times: 3_000_000_000 });
        expect(await stores.alerts.byId(alert.id)).toEqual({ ...alert, acknowledged: null });
        const acknowledged = { at: START + 9, by: 'ana@argus.example', reason: 'looked at it' };
        expect(await doing({ do: 'acknowledge_alert', alert: alert.id, acknowledged })).toBe('done');
        expect(await stores.alerts.byId(alert.id)).toEqual({ ...alert, acknowledged });
        expect(await stores.alerts.byId('00000000-0000-4000-8000-ffffffffffff')).toBeNull();
      });

      test('of one key there is one, whoever raises it when', async () => {
        const { key } = await raised();
        expect(await stores.alerts.hasKey(key)).toBe(true);
        expect(await stores.alerts.hasKey(`${key} `)).toBe(false);
        const many = await Promise.all(Array.from({ length: 6 }, () => doing({ do: 'raise_alert', alert: alertOf({ key: 'raced' }) })));
        expect(many.toSorted()).toEqual(['already_recorded', 'already_recorded', 'already_recorded', 'already_recorded', 'already_recorded', 'done']);
      });

      /** Guarantee: who may see one tenant sees nothing of another, nor what belongs to none. */
      test('are listed by tenant, newest first, up to a limit, and open ones alone', async () => {
        const [mine, other] = [newTenant(), newTenant()];
        const own = [await raised({ tenant: mine }), await raised({ tenant: mine }), await raised({ tenant: mine })];
        await raised({ tenant: other });
        await raised({ tenant: null });
        const ids = async (openOnly: boolean, limit = 10) => (await stores.alerts.list({ tenants: [mine], openOnly, limit })).map((a) => a.id);
        expect(await ids(true)).toEqual(own.toReversed().map((a) => a.id));
        expect(await ids(true, 1)).toEqual([own[2]?.id]);
        await doing({ do: 'acknowledge_alert', alert: own[1]?.id ?? '', acknowledged: { at: START, by: 'x', reason: 'looked' } });
        expect(await ids(true)).toEqual([own[2]?.id, own[0]?.id]);
        expect(await ids(false)).toEqual(own.toReversed().map((a) => a.id));
        expect(await stores.alerts.list({ tenants: [], openOnly: false, limit: 10 })).toEqual([]);
        expect((await stores.alerts.list({ tenants: null, openOnly: false, limit: 2 })).map((a) => a.tenant)).toEqual([null, other]);
      });

      test('wait for a mail, oldest first, until one told of them; a second mail changes nothing', async () => {
        const waiting = await stores.alerts.unmailed(1_000);
        await stores.alerts.mailed(waiting.map((a) => a.id), { messageId: '<one@x>', at: START });
        expect(await stores.alerts.unmailed(10)).toEqual([]);
        const [one, two] = [await raised({ at: START + 1e6 }), await raised({ at: START + 1e6 - 1 })];
        expect((await stores.alerts.unmailed(10)).map((a) => a.id)).toEqual([two.id, one.id]);
        expect((await stores.alerts.unmailed(1)).map((a) => a.id)).toEqual([two.id]);
        await stores.alerts.mailed([one.id, waiting[0]?.id ?? ''], { messageId: '<two@x>', at: START + 5 });
        expect((await stores.alerts.unmailed(10)).map((a) => a.id)).toEqual([two.id]);
        expect(await stores.alerts.lastMailAt()).toBe(START + 5);
      });
    });

    describe('results of audits', () => {
      test('are read as they were written, newest first; a night has one, on demand there may be many', async () => {
        const night = reconciliationOf({ mismatches: 1, findings: [{ what: 'audit_differs', tree: TENANT, index: 4, id: 'x', fields: ['operator', 'reason'] }] });
        expect(await stores.reconciliations.lastNightly()).toBeNull();
        const reached = [{ tree: TENANT, size: 10, note: 'a note\n' }, { tree: 'operator' as const, size: 2, note: 'another' }];
        expect(await doing({ do: 'record_reconciliation', result: night, reached })).toBe('done');
        expect(await doing({ do: 'record_reconciliation', result: reconciliationOf(), reached: [{ tree: TENANT, size: 99, note: 'never' }] })).toBe('already_recorded');
        const later = reconciliationOf({ kind: 'on_demand', finishedAt: START + 50 });
        expect(await doing({ do: 'record_reconciliation', result: later, reached: [] })).toBe('done');
        expect(await stores.reconciliations.list(10)).toEqual([later, night]);
        expect(await stores.reconciliations.lastNightly()).toBe(START);
        expect(await stores.reconciliations.audited()).toEqual(new Map(reached.map((r) => [r.tree, r])));
        const next = [{ tree: TENANT, size: 12, note: 'newer' }];
        await doing({ do: 'record_reconciliation', result: reconciliationOf({ from: START, to: START + DAY_MS }), reached: next });
        expect((await stores.reconciliations.audited()).get(TENANT)).toEqual(next[0]);
      });
    });

    describe('the record', () => {
      test('every leaf comes with its event and its audit row, times to the millisecond, in pages', async () => {
        expect(await stores.record.trees()).toEqual(expect.arrayContaining(['operator', TENANT, OTHER_TENANT]));
        expect(await stores.record.begunAt()).toBeGreaterThan(MIDNIGHT - DAY_MS);
        const rows = await stores.record.leaves(TENANT, { from: 1, to: 4 });
        expect(rows.map((r) => r.seq)).toEqual([1, 2, 3]);
        for (const row of rows) {
          const leaf = JSON.parse(row.bytes) as Record<string, unknown>;
          expect([...row.leafHash]).toEqual([...leafHash(sha256, utf8(row.bytes))]);
          expect(row.event).toEqual({ id: row.audit?.id, at: leaf['at'], source: 'remote_support', type: leaf['type'], tenant_id: TENANT, tree: TENANT, leaf_index: row.seq, body: row.bytes });
          expect(row.audit).toMatchObject({ at: leaf['at'], action: leaf['type'], phase: leaf['phase'], operator: leaf['operator'], reason: leaf['reason'] });
        }
        expect(rows[0]?.audit).toMatchObject({ command: 'tail_log', args: { lines: 200, file: { sha256: 'ab'.repeat(32) } }, gates_passed: ['network', 'credential'], outcome: null });
      });

      test('its tip, its checkpoints and its sizes by time', async () => {
        const { leaves, head } = await stores.record.tip(TENANT);
        expect(head?.size).toBe(leaves);
        expect(await stores.record.tip(mustId('tenant', 'NOBODY_HERE'))).toEqual({ leaves: 0, head: null });
        expect(await stores.record.checkpoints(TENANT, { from: 0, to: 3 })).toMatchObject([{ size: 1 }, { size: 2 }, { size: 3 }]);
        expect(await stores.record.sizeBefore(TENANT, WINDOW.from)).toBe(10);
        expect(await stores.record.sizeBefore(TENANT, WINDOW.to)).toBe(20);
        expect(await stores.record.sizeBefore(TENANT, 0)).toBe(0);
        expect((await stores.record.checkpoints(TENANT, { from: 0, to: 1 }))[0]?.at).toBeGreaterThan(MIDNIGHT - DAY_MS);
      });

      test('as many audit rows as events in any stretch, and none without its other half', async () => {
        expect(await stores.record.counts(WINDOW)).toEqual({ auditRows: 13, events: 13 });
        expect(await stores.record.counts({ from: WINDOW.from + 60_000, to: WINDOW.from + 60_001 })).toEqual({ auditRows: 1, events: 1 });
        expect(await stores.record.auditWithoutEvent({ from: 0, to: WINDOW.to }, 10)).toEqual([]);
        expect(await stores.record.eventsWithoutLeaf({ from: 0, to: WINDOW.to }, 10)).toEqual([]);
      });
    });

    describe('what tripwires look up', () => {
      test('sessions held for more than an hour: open ones until now, ended ones until their end, none of those that may not last so long', async () => {
        const now = START + 30 * DAY_MS;
        const opened = async (minutesAgo: number, minutes: number, endedMinutesAgo?: number) => {
          const [tenant, agent] = [newTenant(), agentNamed(`held_${++counter}`)];
          await consentedAndArmed(ledger, tenant, agent);
          const createdAt = now - minutesAgo * 60_000;
          const session = sessionOf({ tenant, agent, state: 'activating', minutes, createdAt, expiresAt: createdAt + minutes * 60_000 });
          const armed = { at: START, by: 'x', until: now + DAY_MS };
          expect(await doing({ do: 'arm', tenant, armed })).toBe('done');
          expect(await doing({ do: 'open_session', session })).toBe('done');
          if (endedMinutesAgo !== undefined) await doing({ do: 'end_session', id: session.id, at: now - endedMinutesAgo * 60_000, by: 'deactivate' });
          return { id: session.id, tenant, agent, operator: session.operator, createdAt };
        };
        const open = await opened(61, 120);
        const ended = await opened(200, 120, 130);
        const expired = await opened(300, 90);
        await opened(60, 120);
        await opened(61, 60);
        await opened(200, 120, 150);
        await opened(26 * 60, 120);
        const asked = { ms: 3_600_000, now, openedSince: now - DAY_MS };
        expect(await stores.tripwireFacts.heldLonger(asked, 10)).toEqual([expired, ended, open]);
        expect(await stores.tripwireFacts.heldLonger(asked, 1)).toEqual([expired]);
      });

      test('operators who opened more sessions than so many, counting those that were opened and nothing else', async () => {
        const since = START + 40 * DAY_MS;
        const activation = (operator: string, at: number, over = {}) =>
          ledger.append(factOf({ type: 'remote_support_activation', phase: 'outcome', outcome: 'ok', at, operator, tenant: null, ...over }));
        for (let i = 0; i < 3; i++) await activation('busy@argus.example', since + i);
        for (let i = 0; i < 2; i++) await activation('calm@argus.example', since + i);
        await activation('calm@argus.example', since - 1);
        await activation('calm@argus.example', since + 9, { outcome: 'refused', code: 'agent_refused' });
        await activation('calm@argus.example', since + 9, { phase: 'intent', outcome: undefined });
        expect(await stores.tripwireFacts.busyOperators({ activations: 2, since }, 10)).toEqual([{ operator: 'busy@argus.example', activations: 3 }]);
      });
    });
  });
}
