/** Consents signed by the owner, as they are given beside a log: each is known by the digest of its exact text. */
import { fromBase64, toHex, utf8 } from '@argus/kit/bytes.ts';
import { canonicalJson, type Json } from '@argus/kit/canonical-json.ts';
import type { KeepResults } from '@argus/protocol/kept.ts';
import type { OperatorKey } from '@argus/protocol/operator-proof.ts';
import { Receipt } from '@argus/protocol/receipt.ts';
import { signedText } from '@argus/protocol/signature.ts';
import type { TrustFile } from '@argus/protocol/trust.ts';
import type { Crypto, Whose } from './entry.ts';
import type { Note } from './findings.ts';

export type SignedReceipt = { readonly serial: number; readonly key: string; readonly receipt: Json; readonly signature: string };
export type GivenReceipt = SignedReceipt & { readonly operatorKeys: readonly OperatorKey[] | undefined; readonly keepResults: KeepResults | undefined };

export function byDigest({ sha256 }: Pick<Crypto, 'sha256'>, lines: readonly SignedReceipt[]): ReadonlyMap<string, GivenReceipt> {
  return new Map(
    lines.map((line) => {
      const { key, receipt, signature } = line;
      const read = Receipt.safeParse(receipt);
      return [toHex(sha256(utf8(canonicalJson({ key, receipt, signature })))), { ...line, operatorKeys: read.success ? read.data.operator_keys : undefined, keepResults: read.success ? read.data.keep_results : undefined }];
    }),
  );
}

/** Signed with the key the owner pinned, for this log. How many hold. */
export async function checkReceipts({ verify }: Crypto, given: Iterable<SignedReceipt>, { whose, note, trust }: { readonly whose: Whose; readonly note: Note; readonly trust: TrustFile | null }): Promise<number> {
  let held = 0;
  for (const { serial, key, receipt, signature } of given) {
    const detail = `serial ${serial}`;
    const read = Receipt.safeParse(receipt);
    const isOurs = read.success && read.data.serial === serial && read.data.instance === whose.instance && read.data.tenant === whose.tenant;
    const [pinned, bytes] = [fromBase64(trust?.consent_key ?? ''), fromBase64(signature)];
    if (!isOurs) note('receipt_wrong', { detail });
    else if (pinned?.length !== 32) note('receipt_not_checked', { detail });
    else if (key === trust?.consent_key && bytes && (await verify(pinned, utf8(signedText('consent', receipt)), bytes))) held++;
    else note('receipt_wrong', { detail });
  }
  return held;
}
