/**
 * A consent as somebody types it, and as it would be recorded. What the contract of the route asks is asked here before anything is sent, in
 * the contract's own words; the server asks all of it again, and alone decides. Pure.
 */
import { isoTime } from '@argus/kit/clock.ts';
import type { Weekday } from '@argus/protocol/consent-hours.ts';
import { ConsentScope, type ScopeField } from '@argus/protocol/consent-scope.ts';
import { RecordConsent } from '@argus/protocol/http/shapes.ts';
import { problemsOf } from '@argus/protocol/problems.ts';
import { namesIn } from '../ui/names.ts';
import type { CheckedReceipt } from './receipt-check.ts';

export type WindowDraft = { readonly days: readonly Weekday[]; readonly from: string; readonly to: string };
/** One side of the scope. Not narrowed: it is left out, and so left open. */
export type SideDraft = { readonly isNarrowed: boolean; readonly names: string; readonly zone: string; readonly windows: readonly WindowDraft[] };
export type Draft = {
  /** In whose hand it is: a document that was signed, or a receipt that the tenant's own key signed. */
  readonly hand: 'document' | 'receipt';
  readonly sha256: string | null; // of the document somebody chose
  readonly receipt: CheckedReceipt | null;
  readonly documentId: string;
  readonly signedAt: string; // as a browser's field has it: by the clock on this wall
  readonly signerName: string;
  readonly signerEmail: string;
  readonly expiresAt: string;
  readonly sides: Readonly<Record<ScopeField, SideDraft>>;
  readonly keepKey: string | null;
  readonly keepDays: string;
};

/** A side of the scope, out of its contract: some of a few, names as somebody calls them, or hours. */
export type Side = { readonly name: ScopeField; readonly of: readonly string[] | 'names' | 'hours' };
type Told = { readonly type?: string; readonly items?: { readonly enum?: readonly string[] } };
export const SIDES: readonly Side[] = Object.entries(ConsentScope.toJSONSchema({ io: 'input', unrepresentable: 'any' }).properties ?? {}).map(([name, told]) => {
  const { type, items } = told as Told; // of a schema of ours
  return { name: name as ScopeField, of: type === 'array' ? (items?.enum ?? 'names') : 'hours' }; // the names are those of its fields
});

const WORKING_DAYS: readonly Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri'];
export const NEW_WINDOW: WindowDraft = { days: WORKING_DAYS, from: '08:00', to: '18:00' };

export function newDraft(zone: string): Draft {
  const side: SideDraft = { isNarrowed: false, names: '', zone, windows: [NEW_WINDOW] };
  return { hand: 'document', sha256: null, receipt: null, documentId: '', signedAt: '', signerName: '', signerEmail: '', expiresAt: '', sides: { commands: side, cameras: side, agents: side, hours: side }, keepKey: null, keepDays: '' };
}

/** By the clock of this browser, as the record has it. Null: nothing, or no time. */
export function timeOf(typed: string): string | null {
  const at = Date.parse(typed);
  return Number.isNaN(at) ? null : isoTime(at);
}

function scopeOf(sides: Draft['sides']): object | undefined {
  const narrowed = SIDES.flatMap(({ name, of }) => {
    const { isNarrowed, names, zone, windows } = sides[name];
    return isNarrowed ? [[name, of === 'hours' ? { time_zone: zone.trim(), windows } : namesIn(names)] as const] : [];
  });
  return narrowed.length === 0 ? undefined : Object.fromEntries(narrowed);
}

/** Of a receipt nothing is said again that stands in it. */
function written({ hand, sha256, receipt, documentId, signedAt, signerName, signerEmail, expiresAt, sides, keepKey, keepDays }: Draft): Readonly<Record<string, unknown>> {
  const said = { document_id: documentId, signed_at: timeOf(signedAt), signer: { name: signerName, email: signerEmail.trim() } };
  if (hand === 'receipt') return { ...said, document_sha256: receipt?.receipt.document_sha256, receipt: receipt?.text };
  const scope = scopeOf(sides);
  return {
    ...said,
    document_sha256: sha256,
    ...(expiresAt !== '' && { expires_at: timeOf(expiresAt) }),
    ...(scope && { scope }),
    ...(keepKey !== null && { keep_results: { key: keepKey, days: /^\d+$/.test(keepDays.trim()) ? Number(keepDays) : null } }),
  };
}

/** What may be wrong with which field, by the name it has in the record. */
export type DraftField = 'receipt' | 'document_sha256' | 'document_id' | 'signed_at' | 'signer.name' | 'signer.email' | 'expires_at' | 'scope.hours.time_zone' | `scope.${ScopeField}` | 'keep_results';
const LABELS: Readonly<Record<DraftField, string>> = {
  receipt: 'Receipt',
  document_sha256: 'Signed document',
  document_id: 'Document id',
  signed_at: 'Signed at',
  'signer.name': 'Signer',
  'signer.email': 'E-mail',
  expires_at: 'Ends',
  'scope.commands': 'Commands',
  'scope.cameras': 'Cameras',
  'scope.agents': 'Machines',
  'scope.hours.time_zone': 'Time zone',
  'scope.hours': 'Hours',
  keep_results: 'Kept results',
};
const FIELDS = Object.keys(LABELS) as readonly DraftField[]; // its own keys

export type Judged = {
  /** Null: it cannot be recorded like this. */
  readonly body: RecordConsent | null;
  readonly problems: Readonly<Partial<Record<DraftField, string>>>;
  /** Why it cannot be sent yet, or not at all. */
  readonly block: string | null;
};

export function judge(draft: Draft, now: number): Judged {
  const raw = written(draft);
  const read = RecordConsent.safeParse(raw);
  const said = [...(read.success ? [] : problemsOf(read.error, raw)), ...lateProblems(draft, now)];
  const problems: Judged['problems'] = Object.fromEntries(said.flatMap(atField).toReversed()); // of several, the first
  const missing = missingIn(draft);
  const [field] = FIELDS.filter((one) => problems[one] !== undefined);
  const block = missing ?? (field === undefined ? null : `${LABELS[field]}: ${problems[field]}.`);
  return { body: block === null && read.success ? read.data : null, problems, block };
}

/** What the server says of times that fit: nothing was signed tomorrow, and nothing is recorded that is over. */
function lateProblems({ hand, sha256, receipt, signedAt, expiresAt }: Draft, now: number): readonly string[] {
  const isOther = hand === 'receipt' && receipt !== null && sha256 !== null && sha256 !== receipt.receipt.document_sha256;
  const isOver = (time: string) => Date.parse(time) <= now;
  return [
    ...(isOther ? ['document_sha256: is another than the one the tenant signed for'] : []),
    ...(Date.parse(signedAt) > now ? ['signed_at: is in the future'] : []),
    ...(hand === 'document' && isOver(expiresAt) ? ['expires_at: is not in the future'] : []),
    ...(hand === 'receipt' && receipt !== null && isOver(receipt.receipt.not_after) ? [`receipt: is over since ${receipt.receipt.not_after}`] : []),
  ];
}

function missingIn({ hand, sha256, receipt, documentId, signedAt, signerName, signerEmail, keepKey, keepDays }: Draft): string | null {
  if (hand === 'receipt' && receipt === null) return 'Choose the receipt first.';
  if (hand === 'document' && sha256 === null) return 'Choose the signed document first.';
  if (documentId.trim() === '') return 'Say what the document is called in your files.';
  if (timeOf(signedAt) === null) return 'Say when it was signed.';
  if (signerName.trim() === '' || signerEmail.trim() === '') return 'Say who signed, and their e-mail address.';
  if (hand === 'receipt') return null;
  return keepKey === null && keepDays.trim() !== '' ? 'Choose the tenant’s results key, or say no days.' : keepKey !== null && keepDays.trim() === '' ? 'Say for how many days results are kept.' : null;
}

/** `scope.hours.windows.1.from: not a time` is said at the hours, of the second of them. */
function atField(problem: string): readonly (readonly [DraftField, string])[] {
  const [where, what] = split(problem);
  const field = FIELDS.find((one) => where === one || where.startsWith(`${one}.`));
  if (field === undefined) return [];
  const number = /\d+/.exec(where.slice(field.length))?.[0];
  return [[field, number === undefined ? what : `number ${Number(number) + 1} ${what}`]];
}
const split = (problem: string): readonly [string, string] => {
  const at = problem.indexOf(': ');
  return [problem.slice(0, at), problem.slice(at + 2)];
};
