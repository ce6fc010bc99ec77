import { keyFingerprint } from '@argus/keys/consent.ts';
import type { OperatorKey } from '@argus/protocol/operator-proof.ts';
import { ALL, type Receipt } from '@argus/protocol/receipt.ts';
import { cleanText } from '@argus/protocol/text.ts';

/** A receipt as a person reads it, before signing and after. Pure, and plain to any terminal. */
export function receiptLines(receipt: Receipt): string {
  const { instance, tenant, agents, commands, cameras, hours, document_sha256, serial, not_before, not_after, operator_keys, keep_results } = receipt;
  const rows: readonly (readonly [string, string])[] = [
    ['serial', String(serial)],
    ['tenant', `${tenant} at ${instance}`],
    ['machines', shown(agents)],
    ['commands', shown(commands)],
    ['cameras', shown(cameras)],
    ['hours', hours === undefined ? 'any' : hours.windows.map(({ days, from, to }) => `${days.join(' ')} ${from}-${to}`).join(', ') + ` (${hours.time_zone})`],
    ['from', not_before],
    ['until', not_after],
    ['document', `SHA-256 ${document_sha256}`],
    ['operators', operator_keys === undefined ? 'whoever the server lets in' : `only with a proof by ${operator_keys.length === 1 ? 'the key' : 'one of the keys'} ${operator_keys.map(keyShown).join(', ')}`],
    ...(keep_results === undefined ? [] : [['results', `kept for ${keep_results.days} days, sealed to your key ${keyFingerprint(keep_results.key)}`] as const]),
  ];
  return rows.map(([name, value]) => `${name.padEnd(10)}${cleanText(value, 8_192)}`).join('\n');
}

const shown = (names: readonly string[] | typeof ALL): string => (names === ALL ? 'all' : names.length === 0 ? 'none' : names.join(', '));
/** A passkey counts for the pages it was made for, and for no others: whoever signs reads which. */
const keyShown = (key: OperatorKey): string => (key.kind === 'passkey' ? `the passkey ${key.public_key} of ${key.rp_id}, used at ${key.origins.join(' or ')}` : key.public_key);
