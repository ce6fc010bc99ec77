import { isoTime } from '@argus/kit/clock.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { verifyText } from '@argus/keys/ed25519.ts';
import { ConsentScope } from '@argus/protocol/consent-scope.ts';
import type { RecordConsent } from '@argus/protocol/http/shapes.ts';
import type { InstanceId, TenantId } from '@argus/protocol/ids.ts';
import { isSameKeep } from '@argus/protocol/kept.ts';
import { isSameScope, isSigned, readReceipt, scopeOfReceipt, type ReadReceipt } from '@argus/protocol/receipt.ts';
import type { Consent } from './tenant.ts';

/**
 * A consent in the tenant's own hand, as it is kept beside the record: exact text. We can check that it is signed and says
 * the same as the record; that the key is the tenant's only their machines know. Nothing here can make one.
 */
type Recording = { readonly instance: InstanceId; readonly tenant: TenantId; readonly body: RecordConsent; readonly before: Consent | null };

/** What the receipt says need not be said again; what is said again has to be the same. */
export function filledByReceipt({ instance, tenant, body, before }: Recording): Result<RecordConsent, string> {
  if (body.receipt === undefined) return ok(body);
  const read = readReceipt(body.receipt);
  if (!read.ok) return err(`receipt: ${read.error}`);
  if (!isSigned(read.value, verifyText)) return err('receipt: its signature is not by the key it names');
  const { receipt } = read.value;
  const wanted = scopeOfReceipt(receipt);
  const scope = wanted === null ? undefined : ConsentScope.safeParse(wanted);
  if (scope && !scope.success) return err('receipt: it names a command that there is not');
  if (receipt.instance !== instance || receipt.tenant !== tenant) return err('receipt: it is of another tenant or installation');
  if (receipt.document_sha256 !== body.document_sha256) return err('receipt: it is about another document than document_sha256');
  if (body.expires_at !== undefined && Date.parse(body.expires_at) !== Date.parse(receipt.not_after)) return err(`expires_at: is not the end of the receipt, ${receipt.not_after}; leave it out, or send the same`);
  if (body.scope !== undefined && !isSameScope(body.scope, wanted)) return err('scope: is not the one of the receipt; leave it out, or send the same');
  if (body.keep_results !== undefined && !isSameKeep(body.keep_results, receipt.keep_results)) return err('keep_results: is not what the receipt says; leave it out, or send the same');
  const serial = serialOf(before);
  if (serial !== null && receipt.serial < serial) return err(`receipt: its serial is below ${serial}, that of the one on record; machines take none that is lower than one they saw`);
  return ok({ ...body, expires_at: receipt.not_after, ...(scope && { scope: scope.data }), ...(receipt.keep_results && { keep_results: receipt.keep_results }) });
}

const serialOf = (consent: Consent | null): number | null => {
  const read = consent && receiptOn(consent);
  return read ? read.receipt.serial : null;
};

/** The same text says the same every time, and every activation and command asks. */
const read = new Map<string, ReadReceipt | null>();
const READ_MAX = 256;

/** Null: the consent was only recorded. */
export function receiptOn({ receipt: text }: Pick<Consent, 'receipt'>): ReadReceipt | null {
  if (text === undefined) return null;
  const known = read.get(text);
  if (known !== undefined) return known;
  const fresh = readReceipt(text);
  const value = fresh.ok ? fresh.value : null;
  if (read.size >= READ_MAX) read.clear();
  read.set(text, value);
  return value;
}

/** Why the receipt does not stand yet, or cannot be read any more. Its end is the end of the consent. */
export function receiptProblem(consent: Consent, now: number): string | null {
  if (consent.receipt === undefined) return null;
  const found = receiptOn(consent);
  if (found === null) return 'the receipt of the consent cannot be read';
  const begins = Date.parse(found.receipt.not_before);
  return now < begins ? `the receipt begins at ${isoTime(begins)}` : null;
}
