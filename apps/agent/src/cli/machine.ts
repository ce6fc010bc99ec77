import { arch, release } from 'node:os';
import { isoTime, systemClock } from '@argus/kit/clock.ts';
import { cleanText, redactAddresses } from '@argus/protocol/text.ts';
import packageJson from '../../package.json' with { type: 'json' };
import type { Machine } from '../ports.ts';

export const machine: Machine = { version: packageJson.version, platform: `${process.platform} ${arch()} ${release()}` };

/** One JSON object per line, so that a journal keeps it whole; and plain, since some of the words are a server's. */
export function noteLine(what: string, facts: Readonly<Record<string, string | number>> = {}): string {
  const plain = Object.entries(facts).map(([name, value]) => [name, typeof value === 'string' ? cleanText(redactAddresses(value), 1_000) : value]);
  return JSON.stringify({ at: isoTime(systemClock.now()), what, ...Object.fromEntries(plain) });
}
