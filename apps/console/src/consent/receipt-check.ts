/**
 * A consent in the tenant's own hand, before it is sent: everything the server will ask of it that can be known here. Whether the key is
 * the tenant's, only their machines know. Pure.
 */
import { fromBase64, utf8 } from '@argus/kit/bytes.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import type { Verify } from '@argus/evidence/entry.ts';
import { ConsentScope } from '@argus/protocol/consent-scope.ts';
import type { TenantShown } from '@argus/protocol/http/shapes.ts';
import { readReceipt, scopeOfReceipt, type Receipt } from '@argus/protocol/receipt.ts';
import { signedText } from '@argus/protocol/signature.ts';
import { fingerprintOf } from '../proof/fingerprint.ts';

export type CheckedReceipt = {
  readonly text: string; // exactly what was signed and is sent
  readonly receipt: Receipt;
  readonly scope: ConsentScope | null;
  readonly fingerprint: string; // of the key that signed it
};
type ForWhom = { readonly tenant: Pick<TenantShown, 'id' | 'instance' | 'receipt'>; readonly verify: Verify | null };

export async function checkReceipt(file: string, { tenant, verify }: ForWhom): Promise<Result<CheckedReceipt, string>> {
  const text = file.replace(/\n$/, ''); // as whoever opened it in an editor left it
  const read = readReceipt(text);
  if (!read.ok) return err(`This is not the file that argus-agent consent sign wrote, byte for byte: ${read.error}.`);
  const { receipt, signed, key, signature } = read.value;
  if (verify === null) return err('This browser cannot check the signature (Ed25519), or was led here without https. Use a newer one, or argusctl tenant consent record --receipt.');
  const [publicKey, bytes] = [fromBase64(key), fromBase64(signature)];
  if (!publicKey || !bytes || !(await verify(publicKey, utf8(signedText('consent', signed)), bytes))) return err('The signature does not hold: this receipt was changed after it was signed. Ask the tenant for the file as it was written.');
  if (receipt.tenant !== tenant.id) return err(`It is of another tenant: ${receipt.tenant}.`);
  if (receipt.instance !== tenant.instance) return err(`It is of another installation of Argus. The tenant has to sign for ${tenant.instance}.`);
  const scope = ConsentScope.nullable().safeParse(scopeOfReceipt(receipt));
  if (!scope.success) return err('It names a command that there is not. The tenant has to sign without it.');
  if (tenant.receipt !== null && receipt.serial < tenant.receipt.serial) return err(`Its serial ${receipt.serial} is below ${tenant.receipt.serial}, that of the one on record: machines take none that is lower than one they saw. The tenant has to sign again.`);
  return ok({ text, receipt, scope: scope.data, fingerprint: fingerprintOf(key) });
}
