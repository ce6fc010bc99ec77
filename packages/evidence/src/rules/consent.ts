/** Played again from the entries: which consent stood when, whether the door was open, and what was allowed under it. */
import { canonicalJson } from '@argus/kit/canonical-json.ts';
import { contractFor } from '@argus/protocol/commands/index.ts';
import { outsideScope, OUTSIDE, readScope, type CarriedScope } from '@argus/protocol/consent-scope.ts';
import type { ArgsCommit } from '@argus/protocol/args-commit.ts';
import { isOk, type Entry } from '../entry.ts';
import type { FindingCode } from '../findings.ts';
import { CLOCKS_MS, type Rule, type RuleContext } from './rule.ts';

type Pinned = ArgsCommit[string] | undefined;
type Standing = { readonly from: number; readonly until: number; readonly scope: Pinned; readonly receipt: Pinned };

/** An arming is over after this long, whatever a server is set to. */
const ARMED_MS_MAX = 90 * 86_400_000;

export type Permission = Rule & {
  /** What was in the way of opening a session there and then; null: nothing. */
  readonly problemWith: (activation: Entry) => FindingCode | null;
  /** Neither withdrawn nor disarmed since it was last open. */
  readonly isOpen: () => boolean;
  /** Does the scope the session was opened under cover this? */
  readonly cover: (use: Entry, scope: Pinned) => void;
};

export function permission({ note, isFromTheStart }: RuleContext): Permission {
  // What stood before a part of a log begins is not known, and is then not held against anybody.
  let consent: Standing | null | 'not_known' = isFromTheStart ? null : 'not_known';
  let armedAt: number | null | 'not_known' = isFromTheStart ? null : 'not_known';
  const readable = new Map<string, CarriedScope | null>(); // of the text, since every command asks
  let isTold = false;

  function record({ at, leaf }: Entry): void {
    const said = leaf.args_commit ?? {};
    const expires = said['expires_at'];
    const from = typeof said['signed_at'] === 'string' ? Date.parse(said['signed_at']) : at;
    consent = { from, until: typeof expires === 'string' && expires !== 'never' ? Date.parse(expires) : Number.POSITIVE_INFINITY, scope: said['scope'], receipt: said['receipt'] };
    armedAt = null;
  }

  const stands = (at: number): boolean => consent === 'not_known' || (consent !== null && consent.from <= at + CLOCKS_MS && at < consent.until + CLOCKS_MS);
  const isArmed = (at: number): boolean => armedAt === 'not_known' || (armedAt !== null && at < armedAt + ARMED_MS_MAX + CLOCKS_MS);

  function scopeIn(pinned: Pinned, index: number): CarriedScope | null {
    if (pinned === undefined) return null; // a server from before scopes were carried
    if (typeof pinned !== 'string') {
      if (!isTold) note('scope_not_readable', { index });
      isTold = true;
      return null;
    }
    const known = readable.get(pinned);
    if (known !== undefined) return known;
    const read = readScope(pinned);
    if (!read.ok) note('outside_scope', { index, detail: read.error });
    const scope = read.ok ? read.value : null;
    if (readable.size < 1_024) readable.set(pinned, scope);
    return scope;
  }

  return {
    see(entry) {
      const { type } = entry.leaf;
      if (!isOk(entry)) return;
      if (type === 'consent_recorded') record(entry);
      if (type === 'consent_withdrawn') [consent, armedAt] = [null, null];
      if (type === 'tenant_disarmed') armedAt = null;
      if (type === 'tenant_armed') {
        if (!stands(entry.at)) note('armed_without_consent', { index: entry.index });
        armedAt = entry.at;
      }
    },
    problemWith({ at, leaf }) {
      if (!stands(at)) return 'activated_without_consent';
      if (!isArmed(at)) return 'activated_unarmed';
      if (consent !== 'not_known' && !isSame(consent?.receipt, leaf.args_commit?.['receipt'])) return 'receipt_differs';
      const told = leaf.args_commit?.['scope'];
      const isOther = consent !== 'not_known' && consent?.scope !== undefined && told !== undefined && !isSame(told, consent.scope);
      return isOther ? 'scope_differs' : null;
    },
    isOpen: () => consent !== null && armedAt !== null,
    cover({ index, at, leaf }, pinned) {
      if (leaf.agent === undefined) return;
      const scope = scopeIn(pinned, index);
      const command = leaf.command === undefined ? undefined : { name: leaf.command, names: contractFor(leaf.command)?.names, args: leaf.args_commit ?? {} };
      const use = { agent: leaf.agent, ...(command && { command }) };
      const outside = outsideScope(scope, { ...use, at });
      // It is judged a moment before it is written.
      const wasInHours = outside === 'hours' && outsideScope(scope, { ...use, at: at - CLOCKS_MS }) === null;
      if (outside && !wasInHours) note('outside_scope', { index, detail: OUTSIDE[outside] });
    },
  };
}

const isSame = (a: Pinned, b: Pinned): boolean => canonicalJson(a ?? null) === canonicalJson(b ?? null);
