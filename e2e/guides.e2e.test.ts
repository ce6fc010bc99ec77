/** Every command line of every guide, typed against a live server by somebody who does what the page says and nothing else. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isErrorCode } from '@argus/protocol/errors.ts';
import { readDocFiles } from '@argus/ops-api/adapters/doc-files/read.ts';
import { beforeAll, describe, expect, test } from 'vitest';
import { newDemoDir, type DemoDir } from './demo.ts';
import { newDesk } from './guides/desk.ts';
import { NOT_RUN, notSeen, readGuide } from './guides/read-guide.ts';
import { openShell } from './guides/shell.ts';
import { ROOT } from './processes.ts';
import { until } from './until.ts';

/** In this order where it matters; others come before the last ones, which take machines away for good. */
const FIRST = ['README.md', 'docs/guides/first-steps.md'];
const LAST = ['docs/remote-support/revoke.md', 'docs/guides/revoke-a-machine.md'];
/** At which machine somebody sits who reads this page. */
const MACHINES: Readonly<Record<string, string>> = {
  'docs/guides/sign-consent.md': 'agent_oven_display',
  'docs/guides/on-the-owners-machine.md': 'agent_macpro_lobby_01',
  'docs/guides/read-the-log.md': 'agent_macpro_lobby_01',
  'docs/guides/check-the-log.md': 'agent_macpro_lobby_01',
};

const LOOKS = /^(?:argusctl|npm run --silent argusctl -- --demo) (?:(?:agent|session|tenant) (?:ls|show)|audit alerts)\b|^(?:tail|cat) /;
const LOOK_MS = 15_000;

const printed = /^(adr|cli|reference)\//; // their examples are run beside their tables
const written = readDocFiles().pages.filter(({ path }) => !printed.test(path)).map(({ path }) => `docs/${path}`);
const pages = [...FIRST, ...written.filter((name) => !FIRST.includes(name) && !LAST.includes(name)), ...LAST]
  .map((name) => ({ name, ...readGuide(readFileSync(join(ROOT, name), 'utf8')) }))
  .filter(({ steps, notRun }) => steps.length + notRun.length > 0);

let demo: DemoDir;
beforeAll(async () => {
  demo = await newDemoDir();
  await demo.start();
}, 120_000);

/** `rst_…` stands for the last one that was shown, and what belongs to the demo for what the demo has. */
function bound(text: string, shown: ReadonlyMap<string, string>): string {
  const { url, pat, ops_token } = demo.file();
  return text
    .replaceAll(/https:\/\/ops\.example(\.org)?/g, url)
    .replaceAll('ARGUS_OPS_TOKEN=…', `ARGUS_OPS_TOKEN=${ops_token}`)
    .replaceAll(/\b([a-z]{2,6})_…/g, (placeholder, kind: string) => shown.get(kind) ?? (kind === 'pat' ? pat : placeholder));
}

/** A page that shows a refusal means it. */
const shownRefusal = (sees: readonly string[], said: string): string | null => sees.join(' ').match(/[a-z_]+/g)?.find((word) => isErrorCode(word) && said.includes(word)) ?? null;

test.each(pages.filter(({ steps }) => steps.length > 0))('$name works as it stands', async ({ name, steps }) => {
  const desk = newDesk(demo.dataDir, `desk-${pages.findIndex((page) => page.name === name)}`, { dataDir: demo.dataDir, machine: MACHINES[name] ?? null });
  const shell = openShell(desk.folder, desk.env);
  const shown = new Map<string, string>();
  try {
    for (const { typed, sees } of steps) {
      let output = '';
      for (const { text, refusedWith } of typed) {
        const { status, said } = await shell.type(bound(text, shown));
        output += `${said}\n`;
        // What an answer is about comes first in it; who made it comes later.
        for (const [whole, kind = ''] of [...said.matchAll(/\b([a-z]{2,6})_[A-Za-z0-9_-]{20,}/g)].toReversed()) shown.set(kind, whole);
        const where = `${name}: ${text}\n${said}`;
        const code = refusedWith ?? (status === 0 ? null : shownRefusal(sees, said));
        if (code === null) expect(status, where).toBe(0);
        else expect([status === 0, said.includes(code)], where).toEqual([false, true]);
      }
      const last = typed.at(-1)?.text ?? '';
      // Whoever does not see yet what the page shows looks again. Only a look is typed twice.
      if (LOOKS.test(last)) await until(async () => notSeen(sees, output) === null || void (output = (await shell.type(bound(last, shown))).said), LOOK_MS).catch(() => null);
      const missing = notSeen(sees, output);
      if (missing !== null) expect.fail(`${name} shows a line that is not seen: ${missing}\n${typed.map(({ text }) => text).join('\n')}\n${output}`);
    }
  } finally {
    await shell.end();
  }
});

test('the guides are many lines, and most show what one sees', () => {
  const steps = pages.flatMap(({ steps }) => steps);
  expect(steps.flatMap(({ typed }) => typed).length).toBeGreaterThan(100);
  expect(steps.filter(({ sees }) => sees.length > 0).length).toBeGreaterThan(30);
});

describe('what is not typed', () => {
  test.each(pages.flatMap(({ name, notRun }) => notRun.map(({ reason, text }) => [name, reason, text] as const)))('%s has a reason for it: %s', (_name, reason) => {
    expect(Object.keys(NOT_RUN)).toContain(reason);
  });
  test('no reason is left that nobody needs', () => {
    const used = new Set([...pages.flatMap(({ notRun }) => notRun.map(({ reason }) => reason)), 'printed']);
    expect(Object.keys(NOT_RUN).filter((reason) => !used.has(reason))).toEqual([]);
  });
});
