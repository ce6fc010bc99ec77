/** What will be on record, or what a receipt says, in plain words: the same before it is sent and while it is typed. */
import type { ReactNode } from 'react';
import { ALL, type Receipt } from '@argus/protocol/receipt.ts';
import type { ConsentScope } from '@argus/protocol/consent-scope.ts';
import type { OperatorKey } from '@argus/protocol/operator-proof.ts';
import type { KeepResults } from '@argus/protocol/kept.ts';
import type { RecordConsent, TenantShown } from '@argus/protocol/http/shapes.ts';
import { scopeWords } from '../pages/consent-words.ts';
import { Facts } from '../pages/page.tsx';
import { fingerprintOf } from '../proof/fingerprint.ts';
import { Badge } from '../ui/badge.tsx';
import { exactly } from '../ui/time.ts';
import { CONSENT_KINDS } from '../words.ts';
import type { CheckedReceipt } from './receipt-check.ts';

type Row = readonly [string, ReactNode];
const mono = (key: string, text: string) => <span key={key} className="mono wrap-anywhere">{text}</span>;
const time = (text: string): string => exactly(Date.parse(text));

export function scopeRows(scope: ConsentScope | null): readonly Row[] {
  const { commands, cameras, machines, hours } = scopeWords(scope);
  return [['Commands', commands], ['Cameras', cameras], ['Machines', machines], ['Hours', hours]];
}
const keptRow = (keep: KeepResults | undefined): Row => ['Results', keep ? keptWords({ days: keep.days, key_fingerprint: fingerprintOf(keep.key) }) : keptWords(null)];
/** Of a result its digest is in the log; its text is kept only where the consent says so. */
export const keptWords = (keeps: TenantShown['keeps_results']): ReactNode =>
  keeps === null ? 'not kept: digests only' : <span key="kept">kept for {keeps.days} days, sealed to the tenant’s key {mono('key', keeps.key_fingerprint)}</span>;

export function WrittenFacts({ body, receipt }: { readonly body: RecordConsent; readonly receipt: CheckedReceipt | null }) {
  const { tone, says } = CONSENT_KINDS[receipt ? 'tenant_signed' : 'recorded'];
  const ends = receipt?.receipt.not_after ?? body.expires_at;
  return (
    <Facts
      rows={[
        ['Kind', <Badge key="kind" tone={tone}>{says}</Badge>],
        ['Document', mono('document', body.document_id)],
        ['SHA-256', mono('sha', body.document_sha256)],
        ['Signed', <span key="signed">{time(body.signed_at)}, by <bdi>{body.signer.name}</bdi> (<bdi>{body.signer.email}</bdi>)</span>],
        ...(receipt ? [['Begins', time(receipt.receipt.not_before)] as const] : []),
        ['Ends', ends === undefined ? 'when it is withdrawn' : time(ends)],
        ...scopeRows(receipt ? receipt.scope : (body.scope ?? null)),
        keptRow(receipt ? receipt.receipt.keep_results : body.keep_results),
        ...(receipt ? [['Operators', operatorWords(receipt.receipt)] as const, ['Key', mono('key', receipt.fingerprint)] as const] : []),
      ]}
    />
  );
}

/** `machines`: what they say they go by. */
export function ReceiptFacts({ receipt: { receipt, scope, fingerprint }, machines }: { readonly receipt: CheckedReceipt; readonly machines: TenantShown['consent_keys'] }) {
  return (
    <>
      <Facts
        rows={[
          ['Signature', <span key="signature" className="cell-row wrap"><Badge tone="good">Holds</Badge> checked in this browser</span>],
          ['Signed by', mono('key', fingerprint)],
          ['For', <span key="for">{mono('tenant', receipt.tenant)} at {mono('instance', receipt.instance)}</span>],
          ['Serial', <span key="serial" className="numbers">{receipt.serial}</span>],
          ['Valid', `${time(receipt.not_before)} to ${time(receipt.not_after)}`],
          ['Document', mono('sha', `SHA-256 ${receipt.document_sha256}`)],
          ...scopeRows(scope),
          ['Operators', operatorWords(receipt)],
          keptRow(receipt.keep_results),
        ]}
      />
      <p className="muted">{pinnedWords(fingerprint, receipt.agents === ALL ? machines : machines.filter(({ agent_id: agent }) => receipt.agents.includes(agent)))}</p>
    </>
  );
}

const operatorWords = ({ operator_keys: keys }: Receipt): string => (keys === undefined ? 'whoever the server lets in' : `only with a proof by ${keys.map(keyWords).join(', or ')}`);
const keyWords = (key: OperatorKey): string => (key.kind === 'passkey' ? `a passkey of ${key.rp_id}, used at ${key.origins.join(' or ')}` : `the key ${fingerprintOf(key.public_key)}`);

function pinnedWords(fingerprint: string, machines: TenantShown['consent_keys']): string {
  const [same, other] = [machines.filter((one) => one.key_fingerprint === fingerprint), machines.filter((one) => one.key_fingerprint !== null && one.key_fingerprint !== fingerprint)];
  if (other.length > 0) return `${other.map(({ agent_id: agent }) => agent).join(', ')} ${other.length === 1 ? 'goes' : 'go'} by another key, and will not take this receipt. The tenant has to sign with the key that is pinned there.`;
  return same.length > 0 ? `${same.length} of its ${machines.length} machines ${same.length === 1 ? 'has' : 'have'} this key pinned. Whether the key is the tenant’s, only the machines know.` : 'No machine has said that it goes by this key. Until its owner pins it, a machine takes our word for the consent.';
}
