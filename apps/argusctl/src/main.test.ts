/** The program as the system sees it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, watch } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { OPS_TOKEN, PAT } from '../test/run.ts';

const main = join(import.meta.dirname, 'main.ts');
const start = (argv: readonly string[], env: Record<string, string> = {}) => {
  const child = spawn(process.execPath, [main, ...argv], { env: { PATH: process.env['PATH'], ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => void (said.stdout += String(chunk)));
  child.stderr.on('data', (chunk: Buffer) => void (said.stderr += String(chunk)));
  const ended = once(child, 'close').then(([exit]) => ({ exit: exit as number | null, ...said }));
  return { child, ended };
};

test('it runs, and its exit code is the one of the error', async () => {
  const [help, typo] = await Promise.all([start(['--help']).ended, start(['agnt', 'ls']).ended]);
  expect(help).toMatchObject({ exit: 0, stderr: '' });
  expect(help.stdout).toContain('agent activate');
  expect(typo).toMatchObject({ exit: 2, stdout: '', stderr: expect.stringContaining('Did you mean agent ls?') });
});

/** Anybody on the machine can list processes; a secret given as a flag must not stand there while we work. */
test.runIf(process.platform === 'linux')('secrets given as flags are gone from the process list', async () => {
  const server = createServer().listen(0, '127.0.0.1'); // takes the call and says nothing
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const argv = ['agent', 'activate', 'agent_a_1', '--tenant', 'UTD_7ELEVEN_001', '--reason', 'look', '--url', `http://127.0.0.1:${port}`];
  const { child, ended } = start([...argv, '--pat', PAT, '--ops-token', OPS_TOKEN]);
  try {
    await once(server, 'connection');
    const listed = readFileSync(`/proc/${child.pid}/cmdline`, 'utf8');
    expect(listed).toContain('argusctl');
    expect(listed).not.toContain(PAT);
    expect(listed).not.toContain(OPS_TOKEN);
  } finally {
    child.kill();
    server.close();
  }
  expect(await ended).toMatchObject({ stdout: '', stderr: '' });
});

/** Guarantee: a file is there whole or not at all, also when somebody presses Ctrl-C in the middle. */
test.each([['SIGINT', 130], ['SIGTERM', 143]] as const)('stopped by %s in the middle of a download, nothing is left of it', async (signal, exit) => {
  const folder = mkdtempSync(join(tmpdir(), 'argusctl-stopped-'));
  const server = createHttpServer((_, answer) => void answer.writeHead(200, { 'content-type': 'application/x-tar', 'content-length': '1000000' }).write(Buffer.alloc(1_000)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const { child, ended } = start(['log', 'bundle', 'UTD_7ELEVEN_001', '--out', join(folder, 'log.tar')], { ARGUS_PAT: PAT, ARGUS_URL: `http://127.0.0.1:${port}` });
  const watcher = watch(folder);
  try {
    await once(watcher, 'change');
    expect(readdirSync(folder)).toEqual([expect.stringMatching(/^\.log\.tar\..*\.part$/)]);
    child.kill(signal);
    expect(await ended).toMatchObject({ exit, stdout: '' });
    expect(readdirSync(folder)).toEqual([]);
  } finally {
    watcher.close();
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

test('a server that is not there is a sentence', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  const { exit, stderr } = await start(['whoami'], { ARGUS_PAT: PAT, ARGUS_URL: `http://127.0.0.1:${port}` }).ended;
  expect(stderr).toMatch(/^error: No answer from http:\/\/127\.0\.0\.1:\d+ \(ECONNREFUSED\)\nNothing was sent\./);
  expect(exit).toBe(100);
});
