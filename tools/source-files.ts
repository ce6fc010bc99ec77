/** Our TypeScript, as paths from the root with forward slashes. */
import { readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const root = dirname(import.meta.dirname);
const ROOMS = ['packages', 'apps', 'tools', 'flow', 'e2e', 'bench', 'verify'];

export function sourceFiles(under: readonly string[] = ROOMS): readonly string[] {
  return under
    .flatMap((room) => filesBelow(join(root, room)))
    .map((file) => relative(root, file))
    .toSorted();
}

/** The workspaces: `packages/kit`, `apps/agent`, … */
export const workspaces = (): readonly string[] =>
  ['packages', 'apps'].flatMap((parent) =>
    readdirSync(join(root, parent), { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? [`${parent}/${entry.name}`] : [],
    ),
  );

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const at = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' || entry.name === 'dist' ? [] : filesBelow(at);
    return /\.tsx?$/.test(entry.name) ? [at] : [];
  });
}
