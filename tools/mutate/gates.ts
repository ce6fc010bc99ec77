/**
 * Takes every gate out of its ladder, one at a time, and runs the tests beside the ladder. Each time a test has to fail
 * that has the name of that gate in its own; a gate whose loss nobody notices fails the run by its name.
 */
import { existsSync, globSync } from 'node:fs';
import { join } from 'node:path';
import { createVitest, type TestModule } from 'vitest/node';
import { ROOT } from '../stages.ts';

/** Where ladders are: every exported array of gates in these files. */
const LADDER_FILES = ['apps/ops-api/src/gates/*.ts', 'apps/agent/src/admit.ts'];

type Dropped = { readonly file: string; readonly ladder: string; readonly index: number; readonly gate: string; readonly test: string };

const isLadder = (value: unknown): value is readonly { readonly name: string }[] =>
  Array.isArray(value) && value.length > 0 && value.every((gate: unknown) => typeof gate === 'object' && gate !== null && 'name' in gate && 'check' in gate);

async function everyGate(): Promise<readonly Dropped[]> {
  const files = globSync(LADDER_FILES, { cwd: ROOT }).filter((file) => !file.endsWith('.test.ts')).toSorted();
  const found: Dropped[] = [];
  for (const relative of files) {
    const file = join(ROOT, relative);
    for (const [ladder, gates] of Object.entries((await import(file)) as Record<string, unknown>))
      if (isLadder(gates)) gates.forEach(({ name }, index) => found.push({ file, ladder, index, gate: name, test: relative.replace(/\.ts$/, '.test.ts') }));
  }
  return found;
}

const nameOf = ({ ladder, gate }: Dropped): string => `${ladder} without ${gate}`;

/** Null when it was noticed; otherwise what is missing. */
function unnoticed(dropped: Dropped, modules: readonly TestModule[]): string | null {
  const tests = modules.filter((module) => module.project.name === nameOf(dropped)).flatMap((module) => [...module.children.allTests()]);
  if (tests.length === 0) return `no test ran; is there a ${dropped.test}?`;
  const failed = tests.filter((test) => test.result().state === 'failed').map((test) => test.fullName);
  if (failed.length === 0) return `all ${tests.length} tests of ${dropped.test} pass without it`;
  const word = new RegExp(`(^|[^a-z_])${dropped.gate}([^a-z_]|$)`);
  return failed.some((name) => word.test(name)) ? null : `${failed.length} tests fail without it, and none has ${dropped.gate} in its name`;
}

const gates = await everyGate();
const ladders = new Set(gates.map(({ file, ladder }) => `${file} ${ladder}`));
if (ladders.size < 5) throw new Error(`Only ${ladders.size} ladders were found in ${LADDER_FILES.join(', ')}; there are more than that.`);

const vitest = await createVitest('test', { config: false, watch: false, root: ROOT, reporters: [{}], includeTaskLocation: false }, {
  test: {
    projects: gates
      .filter(({ test }) => existsSync(join(ROOT, test)))
      .map((dropped) => ({
        test: {
          name: nameOf(dropped),
          root: ROOT,
          include: [dropped.test],
          setupFiles: [join(import.meta.dirname, 'drop-gate.ts')],
          provide: { dropped: { file: dropped.file, ladder: dropped.ladder, index: dropped.index } },
        },
      })),
  },
});
await vitest.start();
const modules = vitest.state.getTestModules();
const misses = gates.flatMap((dropped) => {
  const why = unnoticed(dropped, modules);
  return why === null ? [] : [`  ${nameOf(dropped)}: ${why}`];
});
await vitest.close();
process.stdout.write(misses.length === 0 ? `Each of ${gates.length} gates in ${ladders.size} ladders was taken out, and a test with its name failed.\n` : `Gates whose loss nobody notices by name:\n${misses.join('\n')}\n`);
// Tests failed, and that was the point.
process.exit(misses.length === 0 ? 0 : 1);
