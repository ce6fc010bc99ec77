import { readFileSync } from 'node:fs';
import { isoTime, systemClock } from '@argus/kit/clock.ts';
import { signReceipt } from '@argus/keys/consent.ts';
import { sha256Hex } from '@argus/keys/hash.ts';
import { canSealTo } from '@argus/keys/kept-result.ts';
import { isPasskeyKey } from '@argus/keys/webauthn/passkey.ts';
import { parseJson } from '@argus/protocol/handshake.ts';
import { readResultsPublicKey } from '@argus/protocol/kept.ts';
import { OperatorKey } from '@argus/protocol/operator-proof.ts';
import { problemsOf } from '@argus/protocol/problems.ts';
import { ALL, Receipt } from '@argus/protocol/receipt.ts';
import type { StateDir } from '../adapters/state/state-dir.ts';
import { given, type CliCommand, type Flags } from './command.ts';
import { serialNow, serialOf } from './consent-serial.ts';
import { receiptLines } from '../receipt-text.ts';
import { mustOpenKey, writeNew } from './key-file.ts';
import { passphraseFrom } from './passphrase.ts';
import { mustReadFile, reasonOf, stop } from './stop.ts';

const text = { type: 'string' } as const;

/** Needs no machine and no network: where none is enrolled, --instance and --tenant say for whom it is. */
export const consentSignCommand: CliCommand = {
  words: 'consent sign',
  usage: `--key FILE --document FILE --agents '*'|A,B --commands '*'|A,B --cameras '*'|A,B --not-after TIME --out FILE`,
  summary: 'sign a consent (also: --not-before TIME --hours FILE --operator-keys FILE --operator-passkey FILE,FILE --keep-results FILE --keep-days N --serial N --instance ID --tenant ID)',
  options: { key: text, document: text, agents: text, commands: text, cameras: text, 'not-after': text, 'not-before': text, hours: text, 'operator-keys': text, 'operator-passkey': text, 'keep-results': text, 'keep-days': text, serial: text, instance: text, tenant: text, out: text, 'passphrase-file': text },
  async run(state, flags) {
    const out = must(flags, 'out', 'where the receipt goes');
    const keyFile = must(flags, 'key', 'the sealed consent key');
    const receipt = receiptOf(state, flags);
    process.stderr.write(`${receiptLines(receipt)}\n`); // what is signed is what was read
    const key = mustOpenKey(keyFile, await passphraseFrom(flags, { isNew: false }));
    writeNew(out, signReceipt(key, receipt));
    process.stdout.write(`Signed, in ${out}. Hand it to your support provider: they record it with the consent, and your machines read it for themselves.\n`);
  },
};

const must = (flags: Flags, name: string, what: string): string => given(flags, name) ?? stop(`--${name} is missing: ${what}.`);

function receiptOf(state: StateDir, flags: Flags): Receipt {
  const trust = state.trust();
  const whose = 'it is in the trust file of each of your machines, and argusctl tenant show prints it';
  const draft = {
    v: 1,
    instance: given(flags, 'instance') ?? trust?.instance ?? must(flags, 'instance', whose),
    tenant: given(flags, 'tenant') ?? trust?.tenant ?? must(flags, 'tenant', whose),
    agents: listOf(must(flags, 'agents', `the machines, or '*' for all`)),
    commands: listOf(must(flags, 'commands', `the commands, or '*' for all`)),
    cameras: listOf(must(flags, 'cameras', `the cameras, or '*' for all, or '' for none`)),
    ...(given(flags, 'hours') !== undefined && { hours: parseJson(mustReadFile(must(flags, 'hours', ''), 'list of hours')) }),
    document_sha256: digestOf(must(flags, 'document', 'the document that was agreed on')),
    serial: given(flags, 'serial') === undefined ? serialNow(systemClock.now()) : serialOf(must(flags, 'serial', '')),
    not_before: timeOf(flags, 'not-before') ?? isoTime(systemClock.now()),
    not_after: timeOf(flags, 'not-after') ?? must(flags, 'not-after', 'when the consent is over, like 2027-01-31T18:00:00Z'),
    ...operatorsOf(flags),
    ...keepOf(flags),
  };
  const receipt = Receipt.safeParse(draft);
  return receipt.success ? receipt.data : stop(`This consent does not fit: ${problemsOf(receipt.error, draft).join('; ')}.`);
}

/** A list of keys, and passkeys by a file each, as their owners were given it when they made one. */
function operatorsOf(flags: Flags): { readonly operator_keys?: readonly unknown[] } {
  const [list, files] = [given(flags, 'operator-keys'), given(flags, 'operator-passkey')];
  if (list === undefined && files === undefined) return {};
  const listed = list === undefined ? [] : parseJson(mustReadFile(list, 'list of operator keys'));
  return { operator_keys: [...(Array.isArray(listed) ? listed : [listed]), ...(files?.split(',') ?? []).map(passkeyIn)] };
}

/** Both or neither: nothing is kept for as long as somebody else likes. */
function keepOf(flags: Flags): { readonly keep_results?: { readonly key: string; readonly days: number } } {
  const [file, days] = [given(flags, 'keep-results'), given(flags, 'keep-days')];
  if (file === undefined && days === undefined) return {};
  const key = readResultsPublicKey(mustReadFile(must(flags, 'keep-results', 'the public key that kept results are sealed to'), 'results key'));
  if (key === null || !canSealTo(key)) return stop(`${file ?? ''} is no results key. Make one with: argus-agent results keygen --out FILE`);
  return { keep_results: { key, days: Number(must(flags, 'keep-days', 'for how many days results are kept')) } };
}

function passkeyIn(path: string): unknown {
  const read = OperatorKey.safeParse(parseJson(mustReadFile(path, 'passkey')));
  const isOne = read.success && read.data.kind === 'passkey' && isPasskeyKey(read.data);
  return isOne ? read.data : stop(`${path} holds no passkey. It is the file the console offers beside each passkey, with kind, alg, public_key, rp_id and origins.`);
}

const listOf = (words: string): readonly string[] | typeof ALL => (words === ALL ? ALL : words === '' ? [] : words.split(','));

function timeOf(flags: Flags, name: string): string | undefined {
  const said = given(flags, name);
  if (said === undefined) return undefined;
  const at = Date.parse(said);
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/.test(said) && !Number.isNaN(at);
  return isTime ? isoTime(at) : stop(`--${name} is a time with its zone, like 2027-01-31T18:00:00Z.`);
}

function digestOf(path: string): string {
  try {
    return sha256Hex(readFileSync(path));
  } catch (problem) {
    return stop(`The document cannot be read: ${reasonOf(problem)}.`);
  }
}
