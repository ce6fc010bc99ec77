/**
 * A process that applies one patch, for tests that kill it in the middle:
 *   patch-steps.ts <install root> <state dir> <patch as JSON> <step>     kills itself before this step, 0 for never
 * Without a patch (`null`) it only opens the place, as an agent that starts. It says what came of it.
 */
import { writeSync } from 'node:fs';
import { systemClock } from '@argus/kit/clock.ts';
import { sha256Hex } from '@argus/keys/hash.ts';
import { mustId } from '@argus/protocol/ids.ts';
import { openPatches } from '../src/adapters/patches/apply.ts';

process.on('SIGXFSZ', () => undefined); // a limit on file sizes shall be an error, not the end
const [, , installRoot = '', stateDir = '', asked = 'null', at = '0'] = process.argv;
const say = (line: string) => void writeSync(1, `${line}\n`);
let step = 0;

const patches = await openPatches({
  installRoot,
  stateDir,
  clock: systemClock,
  note: (what) => say(`note ${what}`),
  step(what) {
    step++;
    if (step !== Number(at)) return undefined;
    say(`killed before: ${what}`);
    process.kill(process.pid, 'SIGKILL');
    return new Promise(() => undefined); // it may take a moment to die
  },
});
const patch = JSON.parse(asked) as { readonly id: string; readonly files: Readonly<Record<string, string>> } | null;
if (patch) {
  const id = mustId('patch', patch.id);
  const files = Object.entries(patch.files).map(([path, text]) => ({ path, bytes: new Uint8Array(Buffer.from(text)), sha256: sha256Hex(text) }));
  const answer = await patches.apply({ id, files }, () => true);
  say(answer.ok ? `ok ${answer.value.length}` : answer.error.code);
}
say(`steps ${step}`);
