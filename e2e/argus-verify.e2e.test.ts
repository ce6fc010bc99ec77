import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { asDatabaseAdmin } from './database-admin.ts';
import { runToEnd } from './processes.ts';
import { ready, TENANT, type Ready } from './ready.ts';

/** The owner's own program against a real server, a real machine's trust file, and the record that machine keeps. */
let world: Ready;
let trustFile: string;
let patFile: string;

beforeAll(async () => {
  world = await ready();
  const session = await world.activate();
  for (const name of ['ping', 'agent_info', 'tail_log']) await world.command(session, name);
  await world.post(`/support/sessions/${session.id}/deactivate`, {});
  trustFile = join(world.machine.state, '..', 'trust.json');
  patFile = join(world.machine.state, '..', 'pat');
  await writeFile(trustFile, JSON.stringify(await world.machine.trust()));
  await writeFile(patFile, `${world.pat}\n`, { mode: 0o600 });
  await asDatabaseAdmin(world.installation, 'CREATE TABLE whole_leaves AS TABLE argus.log_leaves');
});

const verify = (...args: string[]) => runToEnd('apps/argus-verify/src/main.ts', args);
const live = (...args: string[]) => verify('live', world.api().url, '--pat-file', patFile, '--trust', trustFile, ...args);
const compare = (journal = join(world.machine.state, 'activity.log')) =>
  verify('compare', world.api().url, '--pat-file', patFile, '--trust', trustFile, '--journal', journal, '--witness', join(world.machine.state, 'witness.journal'), '--json');
type Report = { readonly verdict: string; readonly counts: Readonly<Record<string, number>>; readonly numbers: Readonly<Record<string, number>> };
const report = (running: { stdout(): string }) => JSON.parse(running.stdout()) as Report;

test('a log that nobody touched holds, and the report says in plain words what was looked at', async () => {
  const checked = await live();
  expect(checked.stderr()).toBe('');
  expect(checked.stdout()).toMatch(/^It holds\.\n/);
  expect(checked.stdout()).toContain('What machines are said to have answered, they have signed.');
  expect(checked.end).toBe('exit 0');
  expect(report(await live('--json'))).toMatchObject({ verdict: 'holds', counts: {}, numbers: { sessions: 1, commands: 3, machine_signatures: 4 } });
});

test('without a trust file it says self-consistent only', async () => {
  const checked = await verify('live', world.api().url, '--tenant', TENANT, '--pat-file', patFile);
  expect(checked.stdout()).toMatch(/^Self-consistent only/);
  expect(checked.end).toBe('exit 0');
});

test('what the machine has written down agrees with the log', async () => {
  const checked = await compare();
  expect(checked.stderr()).toBe('');
  expect(report(checked)).toMatchObject({ verdict: 'holds', counts: {} });
});

test('a record on the machine that somebody tidied is found out, and so is a log that lacks what the machine did', async () => {
  const tidied = join(world.machine.state, '..', 'activity.log');
  await copyFile(join(world.machine.state, 'activity.log'), tidied);
  const lines = (await readFile(tidied, 'utf8')).split('\n');
  await writeFile(tidied, lines.filter((line) => !line.includes('agent_info')).join('\n'));
  const checked = await compare(tidied);
  expect(report(checked).counts).toMatchObject({ journal_chain_broken: 1, act_not_on_machine: 1 });
  expect(checked.end).toBe('exit 1');
});

const ours = `tree = '${TENANT}'`;
const last = `(SELECT max(seq) FROM argus.log_leaves WHERE ${ours})`;
test.each([
  ['changes one word', `UPDATE argus.log_leaves SET bytes = replace(bytes, 'investigate alert', 'routine cleanup') WHERE ${ours} AND bytes LIKE '%ping%'`, 'root_differs'],
  ['puts another operator there', `UPDATE argus.log_leaves SET bytes = replace(bytes, 'ana@', 'bob@') WHERE ${ours} AND bytes LIKE '%ping%'`, 'command_of_another'],
  ['takes the last entry away', `DELETE FROM argus.log_leaves WHERE ${ours} AND seq = ${last}`, 'entries_missing'],
  ['takes one out of the middle', `DELETE FROM argus.log_leaves WHERE ${ours} AND seq = ${last} - 2`, 'entry_out_of_place'],
  ['changes a digest the machine signed', `UPDATE argus.log_leaves SET bytes = regexp_replace(bytes, '"result_sha256":"[0-9a-f]{4}', '"result_sha256":"0000') WHERE ${ours}`, 'signature_wrong'],
])('who %s is found out, with an exit code that says so', async (_what, statement, code) => {
  await asDatabaseAdmin(world.installation, statement);
  const checked = await live('--json');
  expect(Object.keys(report(checked).counts)).toContain(code);
  expect(report(checked).verdict).toBe('does_not_hold');
  expect(checked.end).toBe('exit 1');
  await asDatabaseAdmin(world.installation, 'DELETE FROM argus.log_leaves; INSERT INTO argus.log_leaves TABLE whole_leaves');
  expect((await live()).end).toBe('exit 0');
});

test('no token, a token that opens nothing, and a server that is not there are no findings', async () => {
  const without = await verify('live', world.api().url, '--trust', trustFile);
  expect([without.end, without.stderr()]).toEqual(['exit 2', expect.stringContaining('--pat-file FILE')]);
  const wrong = await runToEnd('apps/argus-verify/src/main.ts', ['live', world.api().url, '--trust', trustFile], { ARGUS_PAT: `pat_${'x'.repeat(43)}` });
  expect([wrong.end, wrong.stderr()]).toEqual(['exit 3', expect.stringContaining('refused with 401')]);
  const nowhere = await verify('live', 'http://127.0.0.1:1', '--trust', trustFile, '--pat-file', patFile);
  expect([nowhere.end, nowhere.stderr()]).toEqual(['exit 3', expect.stringContaining('could not be reached')]);
});

test('a token among the words is not used, not sent and not repeated', async () => {
  const typed = await verify('live', world.api().url, '--trust', trustFile, world.pat);
  expect(typed.end).toBe('exit 2');
  expect(typed.stdout() + typed.stderr()).not.toContain(world.pat);
});
