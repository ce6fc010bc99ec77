/** `npm run dev`: the console against a server that pretends, built again at every change. DEV_PORT=4000 for another port than 7420. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, watch } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildConsole } from '@argus/console/build.ts';
import { createFront } from './dev/front.ts';
import { DEVELOPER, startPretend } from './dev/pretend.ts';
import { ROOT } from './stages.ts';

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const dist = mkdtempSync(join(tmpdir(), 'argus-dev-'));
await buildConsole(dist);
const pretend = await startPretend();
const front = createFront({ dist, behind: pretend.port }).listen(Number(process.env['DEV_PORT'] ?? 7_420), '127.0.0.1');
await once(front, 'listening');

let building: Promise<void> | null = null;
let isStale = false;
async function build(): Promise<void> {
  isStale = false;
  await buildConsole(dist).then(() => say('built: reload the page'), (problem: unknown) => say(String(problem)));
  building = isStale ? build() : null;
}
const watcher = watch(join(ROOT, 'apps/console/src'), { recursive: true }, () => {
  isStale = true;
  building ??= build();
});

say(`The console: http://127.0.0.1:${(front.address() as AddressInfo).port}/
Sign in as ${DEVELOPER.email} with the password: ${DEVELOPER.password}
Nothing of it is real, and all is forgotten at the end. A text with fail:rate_limited in it, or any other code of docs/reference/errors.md, is refused with that code.`);

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    watcher.close();
    front.close();
    front.closeAllConnections();
    void pretend.close().finally(() => {
      rmSync(dist, { recursive: true, force: true });
      process.disconnect?.();
    });
  });
