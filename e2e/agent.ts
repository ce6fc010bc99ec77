import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readFollowed } from '../apps/agent/src/adapters/state/witness-journal.ts';
import { TrustFile } from '@argus/protocol/trust.ts';
import { launch, runToEnd, type Running } from './processes.ts';

const AGENT = 'apps/agent/src/main.ts';
const AS_ROOT = process.getuid?.() === 0 ? ['--allow-root'] : [];

/** A machine: its state directory, and the daemon when it runs. */
export type Machine = {
  readonly id: string;
  readonly state: string;
  readonly installRoot: string;
  /** `env` is what a test means to set in its surroundings. */
  run(env?: NodeJS.ProcessEnv): Running;
  /** What a person at the machine sees. */
  status(): { readonly remote_support: 'live' | 'dormant'; readonly session?: string; readonly operator?: string; readonly reason?: string };
  /** Index of the last entry it acted on, from its own journal. */
  highestActed(): number;
  trust(): Promise<TrustFile>;
};

export type Enrolling = { readonly id: string; readonly folder: string; readonly server: string; readonly code: string; readonly cameras?: readonly object[]; readonly patchKeys?: string };

export async function enrollMachine({ id, folder, server, code, cameras = [], patchKeys }: Enrolling): Promise<Machine> {
  const [state, installRoot, list] = [join(folder, id, 'state'), join(folder, id, 'install'), join(folder, id, 'cameras.json')];
  await mkdir(installRoot, { recursive: true });
  await writeFile(join(installRoot, 'config.yaml'), 'streams: 4\n');
  await writeFile(list, JSON.stringify(cameras));
  const argus = (...args: string[]) => runToEnd(AGENT, [...args, '--state', state, ...AS_ROOT]);
  const enrolled = await argus('enroll', '--server', server, '--code', code, '--install-root', installRoot, '--cameras', list, ...(patchKeys === undefined ? [] : ['--patch-keys', patchKeys]));
  if (enrolled.end !== 'exit 0') throw new Error(`${id} was not enrolled: ${enrolled.stderr()}`);
  return {
    id,
    state,
    installRoot,
    run: (env = {}) => launch(AGENT, ['run', '--state', state, ...AS_ROOT], env),
    status: () => JSON.parse(readFileSync(join(state, 'status.json'), 'utf8')) as ReturnType<Machine['status']>,
    highestActed: () => readFollowed(join(state, 'witness.journal'))?.highestActed ?? -1,
    async trust() {
      const exported = await argus('trust', 'export');
      if (exported.end !== 'exit 0') throw new Error(`no trust file: ${exported.stderr()}`);
      return TrustFile.parse(JSON.parse(exported.stdout()));
    },
  };
}
