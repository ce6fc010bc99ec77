import { mustId } from '@argus/protocol/ids.ts';
import { expect, test } from 'vitest';
import { scopeWords } from './consent-words.ts';

test('a consent that narrows nothing says what that is', () => {
  expect(scopeWords(null)).toEqual({
    commands: 'all 7: ping, agent_info, get_capabilities, tail_log, read_file, view_camera, apply_patch',
    cameras: 'every camera of these machines',
    machines: 'every machine of the tenant',
    hours: 'at any hour',
  });
});

test('one that narrows says to what, and an empty list is nothing at all', () => {
  const words = scopeWords({
    commands: ['ping', 'tail_log'],
    cameras: [],
    agents: [mustId('agent', 'agent_till_01')],
    hours: { time_zone: 'Europe/Berlin', windows: [{ days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '08:00', to: '18:00' }, { days: ['sun', 'sat'], from: '10:00', to: '24:00' }] },
  });
  expect(words).toEqual({ commands: 'only ping, tail_log', cameras: 'none at all', machines: 'only agent_till_01', hours: 'only Mon to Fri 08:00–18:00, Sat, Sun 10:00–24:00, by the clock in Europe/Berlin' });
});

test('days that are apart are said one by one', () => {
  expect(scopeWords({ hours: { time_zone: 'UTC', windows: [{ days: ['mon', 'wed', 'thu', 'sun'], from: '00:00', to: '01:00' }] } }).hours).toBe('only Mon, Wed, Thu, Sun 00:00–01:00, by the clock in UTC');
});
