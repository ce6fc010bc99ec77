import { expect, test } from 'vitest';
import { sourceFiles, workspaces } from './source-files.ts';

/** Workspaces that may have source and no test, each with the reason. */
const UNTESTED: Readonly<Record<string, string>> = {};

test.each(workspaces())('%s has a test if it has source', (workspace) => {
  const files = sourceFiles([workspace]);
  const hasSource = files.some((file) => file.startsWith(`${workspace}/src/`));
  const hasTest = files.some((file) => file.endsWith('.test.ts') || file.endsWith('.test.tsx'));
  const why = UNTESTED[workspace];
  expect(
    !hasSource || hasTest || why,
    `${workspace} has source files and no test; write one, or give a reason in tools/rooms.test.ts`,
  ).toBeTruthy();
  expect(hasTest && why, `${workspace} has tests now; take it out of the table in tools/rooms.test.ts`).toBeFalsy();
});
