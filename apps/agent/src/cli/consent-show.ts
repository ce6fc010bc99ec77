import { keyFingerprint } from '@argus/keys/consent.ts';
import { systemClock } from '@argus/kit/clock.ts';
import { pinnedConsent } from '../adapters/state/pinned-consent.ts';
import type { StateDir } from '../adapters/state/state-dir.ts';
import { genuineReceipt, outsideReceipt, supersededBy } from '../receipt.ts';
import { receiptLines } from '../receipt-text.ts';
import { readReceipt } from '@argus/protocol/receipt.ts';
import { asTyped } from './as-typed.ts';
import { given, type CliCommand } from './command.ts';
import { mustReadFile, mustTrust, stop } from './stop.ts';

export const consentShowCommand: CliCommand = {
  words: 'consent show',
  usage: '[FILE]',
  takes: 'file',
  summary: 'what is pinned here, or what a receipt says and whether this machine takes it',
  run(state, flags) {
    const file = given(flags, 'file');
    process.stdout.write(asTyped(file === undefined ? pinnedHere(state) : receiptIn(state, mustReadFile(file, 'receipt')), flags));
  },
};

function pinnedHere(state: StateDir): string {
  mustTrust(state);
  const { key, highest, revokedThrough } = pinnedConsent(state).state();
  if (key === null) return 'No consent key is pinned on this machine: consent is what the log says. To pin yours: argus-agent consent pin FILE\n';
  const seen = highest.serial === Number.MAX_SAFE_INTEGER ? 'What was seen of its receipts is missing or damaged, so none is taken. To mend that: argus-agent consent pin FILE' : highest.serial === 0 ? 'No receipt was seen yet.' : `The highest serial seen is ${highest.serial}; a lower one is refused.`;
  return `Pinned: ${keyFingerprint(key)}\n${seen}\n${revokedThrough === 0 ? '' : `Receipts up to serial ${revokedThrough} were revoked here.\n`}`;
}

function receiptIn(state: StateDir, text: string): string {
  const read = readReceipt(text);
  if (!read.ok) return stop(`This is no receipt: ${read.error}.`);
  const { receipt, key } = read.value;
  return `${receiptLines(receipt)}\n${'signed by'.padEnd(10)}${keyFingerprint(key)}\n${verdictOn(state, text)}\n`;
}

function verdictOn(state: StateDir, text: string): string {
  const trust = state.trust();
  const pinned = trust && pinnedConsent(state).state();
  if (!trust || pinned === null || pinned.key === null) return 'No consent key is pinned here to check it with.';
  const held = genuineReceipt(trust, pinned.key, text);
  if (!held.ok) return `This machine does not take it: ${held.error}.`;
  const problem = supersededBy(pinned, held.value) ?? outsideReceipt(held.value, { agent: trust.agent, at: systemClock.now() });
  return problem === null ? 'This machine takes it.' : `This machine does not take it: ${problem}.`;
}
