/**
 * The dependency rule. The rules are in boundaries.ts, each with its reason; here they are held against the files.
 * To see a rule bite, add an import it forbids and run `npm run ok`.
 */
import { readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { AMBIENT, ANYTHING, FORBIDDEN, ROOMS, isTest } from './boundaries.ts';
import { sourceFiles, workspaces } from './source-files.ts';
import { type Import, readSource } from './source-text.ts';

const root = dirname(import.meta.dirname);
const files = sourceFiles().map((path) => ({ path, ...readSource(readFileSync(join(root, path), 'utf8')) }));
const production = files.filter((file) => !isTest(file.path));

/** `packages/kit` of `packages/kit/src/clock.ts`. */
const roomOf = (path: string): string => path.split('/').slice(0, 2).join('/');

/** Where an import leads: one of our files, as a path from the root, or the specifier itself. */
function target(path: string, specifier: string): string {
  if (specifier.startsWith('.')) return posix.join(posix.dirname(path), specifier);
  const ours = /^@argus\/([^/]+)\/(.+)$/.exec(specifier);
  const room = ours && workspaces().find((workspace) => workspace.endsWith(`/${ours[1]}`));
  return room ? `${room}/src/${ours[2]}` : specifier;
}

type File = (typeof files)[number];
const at = (file: File, { line, specifier }: Import): string =>
  `${file.path}:${line} imports ${specifier ?? 'something computed'}`;
const fits = (allowed: readonly string[], name: string): boolean =>
  allowed.some(
    (one) =>
      one === ANYTHING ||
      one === name ||
      name.startsWith(`${one}/`) ||
      (one.endsWith('*') && name.startsWith(one.slice(0, -1))),
  );
/** All findings at once, one per line, or silence. */
const none = (findings: readonly string[]): void => expect(findings.join('\n')).toBe('');

test.each(workspaces())('%s has a row in ROOMS', (workspace) => {
  expect(Object.keys(ROOMS), 'say in tools/boundaries.ts what it may import, and why').toContain(workspace);
});

describe.each(Object.entries(ROOMS))('%s', (room, rule) => {
  test(`imports only what it may (${rule.why})`, () => {
    none(
      production
        .filter((file) => roomOf(file.path) === room)
        .flatMap((file) =>
          file.imports.flatMap((one) => {
            if (one.specifier === null) return [`${at(file, one)}: name it, so that this test can see it`];
            const to = target(file.path, one.specifier);
            if (roomOf(to) === room) return [];
            const isOurs = /^(packages|apps)\//.test(to);
            const isAllowed = isOurs
              ? to.startsWith('packages/') && fits(rule.ours, to.split('/')[1] ?? '')
              : !to.includes('../') && fits(rule.others, to);
            return isAllowed ? [] : [`${at(file, one)}: ${room} may not (${rule.why})`];
          }),
        ),
    );
  });
});

test.each(FORBIDDEN.map((rule) => [`${rule.in.source} does not import ${rule.import.source}`, rule] as const))(
  '%s',
  (_name, rule) => {
    none(
      production
        .filter((file) => rule.in.test(file.path) && !rule.except?.test(file.path))
        .flatMap((file) =>
          file.imports.flatMap((one) =>
            one.specifier !== null && rule.import.test(target(file.path, one.specifier))
              ? [`${at(file, one)}: ${rule.why}`]
              : [],
          ),
        ),
    );
  },
);

/** Guarantee: there is one place to look at for everything that runs on the owner's machine beside the agent. */
test('one file of the agent can start a program, and it is the one that starts ffmpeg', () => {
  const starting = production.filter(({ path, imports }) => path.startsWith('apps/agent/') && imports.some(({ specifier }) => specifier?.endsWith('child_process')));
  expect(starting.map(({ path }) => path)).toEqual(['apps/agent/src/adapters/cameras/ffmpeg.ts']);
});

test('nothing imports a test, or what only tests use', () => {
  none(
    production.flatMap((file) =>
      file.imports.flatMap((one) =>
        one.specifier !== null && isTest(target(file.path, one.specifier))
          ? [`${at(file, one)}: it is only there for tests`]
          : [],
      ),
    ),
  );
});

test.each(AMBIENT.map((rule) => [rule.name, rule] as const))('%s stays at the edge', (_name, rule) => {
  none(
    production
      .filter((file) => !rule.onlyIn.test(file.path))
      .flatMap((file) =>
        file.code
          .split('\n')
          .flatMap((line, i) => (rule.uses.test(line) ? [`${file.path}:${i + 1} uses ${rule.name}: ${rule.why}`] : [])),
      ),
  );
});

test('a lint rule is switched off only by name and with a reason behind --', () => {
  none(
    files.flatMap((file) =>
      file.comments.flatMap(({ text, line }) =>
        /\b(oxlint|eslint)-disable/.test(text) && !/oxlint-disable(-next-line|-line)? [\w/, -]+ -- \S+/.test(text)
          ? [`${file.path}:${line} switches lint off without a reason: write oxlint-disable-next-line rule -- why`]
          : [],
      ),
    ),
  );
});
