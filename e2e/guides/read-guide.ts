/**
 * A guide as a script. `sh` blocks are typed in order, in one shell per page. A trailing comment that is an error code says that this
 * line is refused with it. The first `text` or `json` block behind an `sh` block is what one sees, unless a second word stands
 * beside its language or a heading stands between. `sh not-run=REASON` is for what cannot run here; the reasons are a closed list.
 */
import { spawnSync } from 'node:child_process';
import { isErrorCode, type ErrorCode } from '@argus/protocol/errors.ts';
import { readFrontMatter } from '@argus/ops-api/docs/front-matter.ts';
import { readBlocks, type Block } from '@argus/ops-api/docs/markdown/blocks.ts';

/** Why a line of a guide is not typed here. Another reason is another row, and somebody has to find it good. */
export const NOT_RUN = {
  started: 'it starts the very demo all guides run against',
  root: 'it makes users and services, and needs root',
  outside: 'it needs a machine, a name or a certificate out there',
  'on-a-desktop': 'it stays open on a screen; e2e/tray.e2e.test.ts runs it',
  'one-file': 'it takes minutes; e2e/one-file.e2e.test.ts does it',
  'start-server': 'it is a second server; e2e/start.e2e.test.ts and e2e/settings.e2e.test.ts start servers in every way',
  'server-stopped': 'the server of all guides would have to be stopped; e2e/log-key.e2e.test.ts and e2e/cheats.e2e.test.ts do it',
  'own-postgres': 'it needs a PostgreSQL of one\'s own; apps/ops-api/src/db/prepare.contract.test.ts does it on two of them',
  'in-a-browser': 'somebody approves it in a browser; e2e/handoff.e2e.test.ts does',
  printed: 'it is printed from a table, whose own test runs every example',
} as const;
export type NotRun = keyof typeof NOT_RUN;

export type Typed = { readonly text: string; readonly refusedWith: ErrorCode | null };
export type Step = { readonly typed: readonly Typed[]; readonly sees: readonly string[] };
export type Guide = { readonly steps: readonly Step[]; readonly notRun: readonly { readonly reason: string; readonly text: string }[] };

export function readGuide(source: string): Guide {
  const steps: { typed: readonly Typed[]; sees: readonly string[] }[] = [];
  const notRun: { reason: string; text: string }[] = [];
  let isOpen = false; // what is shown belongs to the block before it, once
  for (const block of inOrder(readBlocks(readFrontMatter(source).body.split('\n')))) {
    if (block.kind === 'heading') isOpen = false;
    if (block.kind !== 'code') continue;
    const { info, text } = block;
    const [language = '', ...words] = info.split(/\s+/);
    const reason = words.find((word) => word.startsWith('not-run='))?.slice('not-run='.length);
    if (language === 'sh' && reason !== undefined) notRun.push({ reason, text });
    else if (language === 'sh') steps.push({ typed: linesOf(text).map(typedOf), sees: [] });
    const last = steps.at(-1);
    if (isOpen && last && (language === 'text' || language === 'json' || language === '') && words.length === 0) last.sees = text.split('\n').filter((line) => !/^\s*…?\s*$/.test(line));
    isOpen = language === 'sh' && reason === undefined;
  }
  return { steps, notRun };
}

const inOrder = (blocks: readonly Block[]): readonly Block[] => blocks.flatMap((block) => (block.kind === 'list' ? inOrder(block.items.flat()) : block.kind === 'quote' ? inOrder(block.inside) : [block]));

/** What the shell takes as one: lines are joined until it has no more to ask for. */
function linesOf(script: string): readonly string[] {
  const lines: string[] = [];
  let pending = '';
  for (const line of script.split('\n')) {
    pending = pending === '' ? line : `${pending}\n${line}`;
    if (pending.endsWith('\\') || spawnSync('bash', ['-n'], { input: pending }).status !== 0) continue;
    if (!/^\s*(#.*)?$/.test(pending)) lines.push(pending);
    pending = '';
  }
  if (pending !== '') throw new Error(`The shell finds no end of: ${pending}`);
  return lines;
}

function typedOf(text: string): Typed {
  const word = /\s# ([a-z_]+)$/.exec(text)?.[1];
  return { text, refusedWith: word !== undefined && isErrorCode(word) ? word : null };
}

/** Names, times, digests and numbers are different each time; everything else is as the guide says. */
const VARYING = /\b[a-z]{2,6}_(?:[A-Za-z0-9_-]*…|[A-Za-z0-9_-]{16,})|[A-Za-z0-9+/]{6,}…|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?Z?|\b[0-9a-f]{12,}\b|[A-Za-z0-9+/_-]{24,}={0,2}|\d+(?:\.\d+)?/g;
/** `--allow-root` is what root has to add everywhere, and no guide does. */
const flat = (line: string): string => line.replaceAll(' --allow-root', '').replaceAll(VARYING, '§').replaceAll(/\s+/g, ' ').trim();
const escapeAll = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** The first line that should be seen and is not; null when all of them are there, in order. */
export function notSeen(sees: readonly string[], output: string): string | null {
  const lines = output.split('\n').map(flat);
  let at = 0;
  for (const line of sees) {
    const pattern = new RegExp(`^${flat(line).split('…').map(escapeAll).join('.*')}$`);
    const found = lines.findIndex((one, n) => n >= at && pattern.test(one));
    if (found < 0) return line;
    at = found + 1;
  }
  return null;
}
