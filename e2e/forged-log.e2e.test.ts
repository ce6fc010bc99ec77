import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { asDatabaseAdmin } from './database-admin.ts';
import { ready, TENANT, type Ready } from './ready.ts';

/** Whoever administers the database can change anything in it, and hide none of it from the tenant. */
let world: Ready;
beforeAll(async () => {
  world = await ready();
  const session = await world.activate();
  await world.command(session, 'ping');
  await world.post(`/support/sessions/${session.id}/deactivate`, {});
  await world.verify(); // whole before anybody touches it
  await asDatabaseAdmin(world.installation, 'CREATE TABLE whole_leaves AS TABLE argus.log_leaves', 'CREATE TABLE whole_checkpoints AS TABLE argus.log_checkpoints');
});

const restore = () =>
  asDatabaseAdmin(
    world.installation,
    'DELETE FROM argus.log_leaves; INSERT INTO argus.log_leaves TABLE whole_leaves',
    'DELETE FROM argus.log_checkpoints; INSERT INTO argus.log_checkpoints TABLE whole_checkpoints',
  );

const ours = `tree = '${TENANT}'`;
const last = `(SELECT max(seq) FROM argus.log_leaves WHERE ${ours})`;
test.each([
  ['changes one word', `UPDATE argus.log_leaves SET bytes = replace(bytes, 'investigate alert', 'routine cleanup') WHERE ${ours} AND bytes LIKE '%ping%'`, /root_differs/],
  ['puts another operator there', `UPDATE argus.log_leaves SET bytes = replace(bytes, 'ana@', 'bob@') WHERE ${ours} AND bytes LIKE '%ping%'`, /root_differs/],
  ['takes the last entry away', `DELETE FROM argus.log_leaves WHERE ${ours} AND seq = ${last}`, /entries_missing/],
  ['takes one out of the middle', `DELETE FROM argus.log_leaves WHERE ${ours} AND seq = ${last} - 2`, /says it is entry|entries, and there are/],
  ['puts a space into the JSON', `UPDATE argus.log_leaves SET bytes = replace(bytes, '{"', '{ "') WHERE ${ours} AND seq = ${last}`, /not canonical/],
])('who %s is found out', async (_what, statement, sentence) => {
  await asDatabaseAdmin(world.installation, statement);
  await expect(world.verify()).rejects.toThrow(sentence);
  await restore();
  await world.verify();
});

test('who goes back to an earlier state of the whole log is found out, and the machine does nothing for that server any more', async () => {
  const acted = world.machine.highestActed();
  const size = acted - 2;
  await asDatabaseAdmin(
    world.installation,
    `DELETE FROM argus.log_leaves WHERE ${ours} AND seq >= ${size}`,
    `DELETE FROM argus.events WHERE ${ours} AND leaf_index >= ${size}`,
    `DELETE FROM argus.log_nodes n WHERE ${ours} AND (n.idx + 1) * (1 << n.level) > ${size}`,
    `DELETE FROM argus.log_checkpoints WHERE ${ours} AND size > ${size}`,
  );
  // The server itself keeps what it has signed beside the database, and does not serve another log.
  await expect(world.restartApi()).rejects.toThrow('The log in the database is not the one this server has signed');
  // Who has the disk of the server, too, gets past that; not past the machine, and not past the owner.
  await rm(join(world.installation.dataDir, 'checkpoints'), { recursive: true });
  await world.restartApi();
  await world.untilOnline();
  await expect(world.verify()).rejects.toThrow(/shorter_than_followed/);
  await expect(world.activate()).rejects.toThrow('"code":"not_in_log"');
  expect(world.machine.status().remote_support).toBe('dormant');
  expect(world.machine.highestActed()).toBe(acted);
});
