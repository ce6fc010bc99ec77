import { expect, test } from 'vitest';
import { run } from '../test/run.ts';
import { COMMANDS } from './commands/index.ts';
import { VERSION } from './version.ts';
import manifest from '../package.json' with { type: 'json' };

const golden = (name: string): string => `../golden/help/${name}.txt`;

test.each([[], ['help'], ['--help'], ['-h']])('argusctl %s: the overview', async (...argv) => {
  const { exit, stdout, stderr } = await run(argv.filter((word) => word !== undefined), { env: {} });
  expect([exit, stderr]).toEqual([0, '']);
  await expect(stdout).toMatchFileSnapshot(golden('argusctl'));
});

test('argusctl agent: the commands of a group', async () => {
  await expect((await run(['agent'], { env: {} })).stdout).toMatchFileSnapshot(golden('agent'));
});

test.each(COMMANDS.map(({ name }) => name))('argusctl %s --help', async (name) => {
  const { exit, stdout } = await run([...name.split(' '), '--help'], { env: {} });
  expect(exit).toBe(0);
  await expect(stdout).toMatchFileSnapshot(golden(name.replaceAll(' ', '.')));
});

test('help fits a terminal of 120 columns', async () => {
  for (const { name } of COMMANDS) {
    const { stdout } = await run([...name.split(' '), '--help'], { env: {} });
    expect(stdout.split('\n').filter((line) => line.length > 120)).toEqual([]);
  }
});

test('the version is that of the package', async () => {
  expect(VERSION).toBe(manifest.version);
  expect((await run(['--version'], { env: {} })).stdout).toBe(`argusctl ${VERSION}\n`);
});
