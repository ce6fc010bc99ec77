import { canonicalJson } from '@argus/kit/canonical-json.ts';
import { isoTime } from '@argus/kit/clock.ts';
import { sha256Hex } from '@argus/keys/hash.ts';
import type { ArgsCommit } from '@argus/protocol/args-commit.ts';
import { endOfHours, nextOfHours } from '@argus/protocol/consent-hours.ts';
import { OUTSIDE, outsideScope, scopeText, type ConsentScope, type Use } from '@argus/protocol/consent-scope.ts';
import type { TenantView } from '@argus/protocol/http/shapes.ts';
import type { TenantId } from '@argus/protocol/ids.ts';
import { keepText, type KeepResults } from '@argus/protocol/kept.ts';
import { parseLeaf } from '@argus/protocol/leaf.ts';
import { receiptProblem } from './receipt.ts';

/** What the tenant signed, as it was recorded. There is no override beside it. */
export type Consent = {
  readonly signedAt: number;
  readonly documentId: string;
  readonly documentSha256: string;
  readonly signer: { readonly name: string; readonly email: string };
  readonly recordedBy: string;
  readonly expiresAt: number | null;
  readonly scope: ConsentScope | null; // null: everything an agent can do
  readonly keepResults?: KeepResults; //  absent: nothing is kept of a result but its digest
  readonly receipt?: string; //           the exact text of what the tenant's own key signed; absent: only recorded
};

export type Armed = { readonly at: number; readonly by: string; readonly until: number };

export type Tenant = {
  readonly id: TenantId;
  readonly name: string;
  readonly createdAt: number;
  readonly consent: Consent | null;
  /** The text of the leaf that recorded the consent, as the log has it. */
  readonly consentLeaf: string | null;
  readonly armed: Armed | null;
};

/** A tenant disarms itself after this long; a forgotten door must not stay open. A setting may choose another number of days, */
export const ARMED_DAYS = 30;
/** and none beyond this: in code on purpose, and a CHECK of the table as well. */
export const ARMED_DAYS_MAX = 90;
export const armedUntil = (now: number, days: number = ARMED_DAYS): number => now + Math.min(days, ARMED_DAYS_MAX) * 86_400_000;

export const isArmed = (tenant: Tenant, now: number): boolean => tenant.armed !== null && now < tenant.armed.until;

/** Signed, in its window, and said by the log too: a row edited by hand opens nothing. */
export const isConsentStanding = (tenant: Tenant, now: number): boolean => consentProblem(tenant, now) === null;

/** Why the consent does not stand, for whoever may see the tenant; null: it does. */
export function consentProblem({ id, consent, consentLeaf }: Tenant, now: number): string | null {
  if (consent === null) return 'the tenant has no consent on record';
  if (!leafSays(consentLeaf, id, consent)) return 'the consent on record and its entry in the log do not agree';
  const ill = receiptProblem(consent, now);
  if (ill !== null) return ill;
  if (consent.signedAt > now) return `the consent begins at ${isoTime(consent.signedAt)}`;
  return consent.expiresAt !== null && now >= consent.expiresAt ? `the consent expired at ${isoTime(consent.expiresAt)}` : null;
}

/** What of the consent's scope is in the way of this use, for whoever may see the tenant; null: it is covered. */
export function outsideConsent({ scope }: Consent, use: Use): string | null {
  const outside = outsideScope(scope, use);
  const next = outside === 'hours' && scope?.hours ? nextOfHours(scope.hours, use.at) : null;
  return outside && `${OUTSIDE[outside]}${next === null ? '' : `; the next begin at ${isoTime(next)}`}`;
}

/** A session lasts no longer than what was signed for: the hours, and the consent itself. */
export function consentedUntil({ scope, expiresAt }: Consent, box: { readonly from: number; readonly until: number }): number {
  const until = expiresAt === null ? box.until : Math.min(box.until, expiresAt);
  return scope?.hours ? endOfHours(scope.hours, { from: box.from, until }) : until;
}

/** What the leaf of a consent pins: every field that widens or narrows it. */
export const consentCommit = (c: Consent): ArgsCommit => ({
  document_id: c.documentId,
  document_sha256: c.documentSha256,
  signed_at: isoTime(c.signedAt),
  signer_name: c.signer.name,
  signer_email: c.signer.email,
  expires_at: c.expiresAt === null ? 'never' : isoTime(c.expiresAt),
  scope: pinned(scopeText(c.scope)),
  ...carriedKeep(c),
  ...(c.receipt !== undefined && { receipt: { sha256: sha256Hex(c.receipt) } }),
});

/** The entry that recorded this very consent, when the log has it. */
export function consentEntry(tenant: Tenant, consent: Consent | null = tenant.consent): number | null {
  return consent && leafSays(tenant.consentLeaf, tenant.id, consent) ? (consentIn(tenant.consentLeaf ?? '')?.seq ?? null) : null;
}

/** An entry takes texts up to this long; of a longer one it keeps the digest, which pins it as well. */
const CLEAR_MAX = 1_024;
const pinned = (text: string) => (text.length <= CLEAR_MAX ? text : { sha256: sha256Hex(text) });

/** For the machine: what the entry of an activation says of the scope, and the text itself where that is only a digest. */
export function carriedScope(consent: Consent): { readonly pinned: ArgsCommit[string]; readonly text: string | undefined } {
  const text = scopeText(consent.scope);
  return { pinned: pinned(text), text: text.length <= CLEAR_MAX ? undefined : text };
}

/** The same in the entries of the consent and of each activation under it. */
export const carriedKeep = ({ keepResults }: Pick<Consent, 'keepResults'>): ArgsCommit => (keepResults === undefined ? {} : { keep_results: keepText(keepResults) });

function leafSays(text: string | null, tenant: TenantId, consent: Consent): boolean {
  if (text === null) return false;
  const said = consentIn(text);
  return said?.tenant === tenant && said.commit === canonicalJson(consentCommit(consent));
}

type ConsentInLeaf = { readonly tenant: TenantId | undefined; readonly seq: number; readonly commit: string };
const read = new Map<string, ConsentInLeaf | null>();
const READ_MAX = 1_024;

/** The same text says the same thing every time, and every command asks. */
function consentIn(text: string): ConsentInLeaf | null {
  const known = read.get(text);
  if (known !== undefined) return known;
  const leaf = parseLeaf(text);
  const isConsent = leaf.ok && leaf.value.type === 'consent_recorded';
  const said = isConsent ? { tenant: leaf.value.tenant, seq: leaf.value.seq, commit: canonicalJson(leaf.value.args_commit ?? {}) } : null;
  if (read.size >= READ_MAX) read.clear();
  read.set(text, said);
  return said;
}

export const tenantView = (t: Tenant, now: number): TenantView => ({
  id: t.id,
  name: t.name,
  created_at: isoTime(t.createdAt),
  consent: t.consent === null ? 'missing' : isConsentStanding(t, now) ? 'signed' : 'expired',
  consent_document_id: t.consent?.documentId ?? null,
  armed: isArmed(t, now),
  armed_until: t.armed && isArmed(t, now) ? isoTime(t.armed.until) : null,
});
