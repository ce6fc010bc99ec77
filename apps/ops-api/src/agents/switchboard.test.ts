import type { UpFrame } from '@argus/protocol/frames.ts';
import { expect, test } from 'vitest';
import { doorway } from '../../test/dial.ts';

const heartbeat = (...alarms: readonly string[]): UpFrame => ({ type: 'heartbeat', counters: { dropped: 0, refused: 0, unread: 0, commands: 0 }, ...(alarms.length > 0 && { alarms: [...alarms] }) });

async function ringing() {
  const d = await doorway();
  const machine = await d.dial();
  await machine.arrive();
  return { ...d, machine, alarms: () => d.said.flatMap(([level, what, facts]) => (what.startsWith('agent_alarm') ? [[level, what, facts?.['alarm']]] : [])) };
}

/** A heartbeat comes four times a minute, for as long as nobody mends it. */
test('an alarm is logged when it begins and when it is over, and not with every heartbeat', async () => {
  const { machine, alarms } = await ringing();
  for (let n = 0; n < 10; n++) await machine.up(heartbeat('config_broken'));
  expect(alarms()).toEqual([['error', 'agent_alarm', 'config_broken']]);
  for (let n = 0; n < 3; n++) await machine.up(heartbeat('log_forked', 'config_broken'));
  for (let n = 0; n < 3; n++) await machine.up(heartbeat('log_forked'));
  await machine.up(heartbeat());
  await machine.up(heartbeat('log_forked'));
  expect(alarms().slice(1)).toEqual([
    ['error', 'agent_alarm', 'log_forked'],
    ['info', 'agent_alarm_over', 'config_broken'],
    ['info', 'agent_alarm_over', 'log_forked'],
    ['error', 'agent_alarm', 'log_forked'],
  ]);
});

test('on a new line it is logged again: whoever reads from there on sees it', async () => {
  const { machine, dial, alarms } = await ringing();
  await machine.up(heartbeat('config_broken'));
  const again = await dial();
  await again.arrive();
  await again.up(heartbeat('config_broken', 'config_broken'));
  expect(alarms()).toEqual([['error', 'agent_alarm', 'config_broken'], ['error', 'agent_alarm', 'config_broken']]);
});
