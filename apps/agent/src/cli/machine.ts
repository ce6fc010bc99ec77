import { readFileSync, writeSync } from 'node:fs';
import { arch, release } from 'node:os';
import { isoTime, systemClock } from '@argus/kit/clock.ts';
import { cleanText } from '@argus/protocol/text.ts';
import { z } from 'zod';
import type { Machine } from '../ports.ts';

const { version } = z.object({ version: z.string() }).parse(JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')));
export const machine: Machine = { version, platform: `${process.platform} ${arch()} ${release()}` };

/** One JSON object per line, so that a journal keeps it whole; and plain, since some of the words are a server's. */
export function note(what: string, facts: Readonly<Record<string, string | number>> = {}): void {
  process.stdout.write(lineOf(what, facts));
}

/** For what the owner has to be able to see: throws when the journal does not take it. */
export function mustNote(what: string, facts: Readonly<Record<string, string | number>> = {}): void {
  writeSync(1, lineOf(what, facts));
}

function lineOf(what: string, facts: Readonly<Record<string, string | number>>): string {
  const plain = Object.entries(facts).map(([name, value]) => [name, typeof value === 'string' ? cleanText(value, 1_000) : value]);
  return `${JSON.stringify({ at: isoTime(systemClock.now()), what, ...Object.fromEntries(plain) })}\n`;
}
