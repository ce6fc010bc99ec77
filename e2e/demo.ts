/** `npm start` as a person runs it, in a folder of its own. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { scratchDataDir } from '@argus/testkit/scratch-data-dir.ts';
import { launch, type Running } from './processes.ts';
import { killAllOf, processesOf, type Process } from './processes-of.ts';
import { atTheEnd } from './teardown.ts';
import { until } from './until.ts';

export type DemoFile = {
  readonly url: string;
  readonly console_url: string | null;
  readonly owner_login_url: string | null;
  readonly pat: string;
  readonly operator_pat: string;
  readonly ops_token: string;
  readonly tenants: readonly { readonly id: string; readonly name: string; readonly consent: boolean; readonly armed: boolean }[];
  readonly agents: readonly { readonly id: string; readonly tenant_id: string; readonly install_root: string; readonly online: boolean }[];
  readonly data_dir: string;
};

export type DemoDir = {
  readonly dataDir: string;
  /** What makes a start one of this folder. */
  readonly env: NodeJS.ProcessEnv;
  begin(): Running;
  /** Resolves when it says that it is ready. */
  start(): Promise<Running>;
  file(): DemoFile;
  readonly filePath: string;
  /** All that runs of it, whoever started it. */
  processes(): Promise<readonly Process[]>;
};

const READY_MS = 60_000;

export async function newDemoDir(): Promise<DemoDir> {
  const scratch = await scratchDataDir();
  const { dataDir } = scratch;
  atTheEnd(async () => {
    await killAllOf(dataDir); // what a test that failed has left
    await scratch.remove();
  });
  const filePath = join(dataDir, 'demo.json');
  const listen = `127.0.0.1:${await freePort()}`;
  const env = { ARGUS_DATA_DIR: dataDir, ARGUS_LISTEN: listen };
  const begin = () => launch('tools/bootstrap.mjs', ['tools/start.ts'], env);
  return {
    dataDir,
    env,
    filePath,
    file: () => JSON.parse(readFileSync(filePath, 'utf8')) as DemoFile,
    processes: () => processesOf(dataDir),
    begin,
    async start() {
      const demo = begin();
      const isReady = await until(() => /\bready\n/.test(demo.stdout()) || (!demo.isRunning() && 'ended'), READY_MS);
      if (isReady !== true) throw new Error(`the demo ended before it was ready (${await demo.ended}):\n${demo.stdout()}${demo.stderr()}`);
      return demo;
    },
  };
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
