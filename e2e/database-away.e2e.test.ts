import { expect, test } from 'vitest';
import { BACK_MS, databaseAway } from './database-away.ts';
import { ready } from './ready.ts';
import { until } from './until.ts';

databaseAway('embedded');

test('frozen when asked to stop: it stops, and nothing is lost', async () => {
  const world = await ready('external');
  const session = await world.activate();
  await world.database.freeze();
  expect(await world.api().stop('SIGTERM', 20_000)).toBe('exit 0');
  world.database.thaw();
  await world.restartApi();
  const log = await until(() => world.verify(), BACK_MS);
  expect(log.entries.filter(({ leaf }) => leaf.type === 'remote_support_session_ended' && leaf.session === session.id)).toHaveLength(1);
});
