import { isoTime } from '@argus/kit/clock.ts';
import { mustId } from '@argus/protocol/ids.ts';
import { describe, expect, test } from 'vitest';
import { AGENT, sessionOf, START, TENANT } from '../../test/sample.ts';
import { isInTheWay, isLive, sessionView, type Session } from './session.ts';

const active = sessionOf();
const { expiresAt } = active;
const ended: Session = { ...active, state: 'ended', endedAt: START + 5_000, endedBy: 'deactivate', endedWho: null, lastWord: { is: 'not_expected' } };

test('a session is live while it is active and in its time, to the millisecond', () => {
  expect([isLive(active, START), isLive(active, expiresAt - 1), isLive(active, expiresAt)]).toEqual([true, true, false]);
  expect([isLive(sessionOf({ state: 'activating' }), START), isLive(ended, START)]).toEqual([false, false]);
});

test('an open one is in the way of another until its time is up, and an ended one never is', () => {
  const open = sessionOf({ state: 'activating' });
  expect([isInTheWay(null, START), isInTheWay(open, START), isInTheWay(active, expiresAt - 1), isInTheWay(active, expiresAt), isInTheWay(ended, START)]).toEqual([false, true, true, false, false]);
});

describe('what is shown of a session', () => {
  const end = (session: Session, now: number) => {
    const { state, ended_at, ended_by } = sessionView(session, now, session.tokenId);
    return [state, ended_at, ended_by];
  };
  test('is who, where, why and how long, and no token', () => {
    expect(sessionView(active, START, active.tokenId)).toEqual({
      session_id: active.id, tenant_id: TENANT, agent_id: AGENT, operator: 'ana@argus.example', yours: true, reason: 'investigate alert', state: 'active', minutes: 30,
      created_at: isoTime(START), expires_at: isoTime(expiresAt), ended_at: null, ended_by: null, ended_actor: null, ended_operator: null, last_word: null,
    });
  });
  /** Guarantee: one who only watches is told so, also under the same name: a session belongs to what it was opened with. */
  test('is whether it is of whoever asks, by the credential and not by the name', () => {
    expect(sessionView(active, START, mustId('login', `lgn_${'b'.repeat(20)}`))).toMatchObject({ operator: 'ana@argus.example', yours: false });
  });
  test('while it is open, is that it is open', () => {
    expect(end(active, expiresAt - 1)).toEqual(['active', null, null]);
    expect(end(sessionOf({ state: 'activating' }), START)).toEqual(['activating', null, null]);
  });
  /** Guarantee: a session whose time is up is not shown as live because nobody has written its end down yet. */
  test('when its time is up, is that it expired, at that time, also before anybody wrote it down', () => {
    expect(end(active, expiresAt)).toEqual(['ended', isoTime(expiresAt), 'expired']);
    expect(end(active, expiresAt + 60_000)).toEqual(['ended', isoTime(expiresAt), 'expired']);
  });
  test('when it was ended, is how and when, also after its time', () => {
    for (const now of [START + 5_000, expiresAt, expiresAt + 60_000]) expect(end(ended, now)).toEqual(['ended', isoTime(START + 5_000), 'deactivate']);
  });
});
