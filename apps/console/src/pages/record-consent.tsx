import { useRef, useState } from 'react';
import * as api from '@argus/client/requests.ts';
import type { TenantShown } from '@argus/protocol/http/shapes.ts';
import type { TenantId } from '@argus/protocol/ids.ts';
import { KEPT_DAYS_MAX, readResultsPublicKey } from '@argus/protocol/kept.ts';
import { RECEIPT_TEXT_MAX } from '@argus/protocol/receipt.ts';
import { sha256Of, verifierHere } from '../adapters/digest.ts';
import { useData } from '../api/use-data.ts';
import { judge, newDraft, SIDES, timeOf, type Draft, type DraftField } from '../consent/draft.ts';
import { checkReceipt } from '../consent/receipt-check.ts';
import { Review } from '../consent/review.tsx';
import { ScopeSide } from '../consent/scope-side.tsx';
import { ReceiptFacts } from '../consent/written.tsx';
import { go } from '../hash.ts';
import type { PageProps } from '../pages.ts';
import { href, paths } from '../paths.ts';
import { Button } from '../ui/button.tsx';
import { Choices } from '../ui/choices.tsx';
import { Field } from '../ui/field.tsx';
import { FilePick } from '../ui/file-field.tsx';
import { useNow } from '../ui/moment.tsx';
import { Page, Panel, Shown } from './page.tsx';

/** A browser hashes a file as a whole, in memory. */
const DOCUMENT_BYTES_MAX = 256 * 1_048_576;
const KEY_FILE_MAX = 65_536;
/** Machines that are offered to be chosen; any other is typed. */
const OFFERED_MAX = 12;

export function RecordConsentPage({ named }: PageProps) {
  const tenant = named['tenant'] as TenantId; // the server answers to what is none that there is none
  const seen = useData(api.showTenant(tenant), ['tenants']);
  return (
    <Page title={`Record a consent of ${seen.data?.name ?? tenant}`} more={<a className="mono" href={href(paths.consent(tenant))}>{tenant}</a>}>
      <Shown seen={seen}>{(shown) => <RecordForm tenant={shown} />}</Shown>
    </Page>
  );
}

function RecordForm({ tenant }: { readonly tenant: TenantShown }) {
  const now = useNow();
  const [draft, setDraft] = useState(() => newDraft(Intl.DateTimeFormat().resolvedOptions().timeZone));
  const [isAsked, setAsked] = useState(false);
  const set = (changed: Partial<Draft>) => setDraft((was) => ({ ...was, ...changed }));
  const { body, problems, block } = judge(draft, now);
  const isReceipt = draft.hand === 'receipt';
  /** What is wrong with a field is said once there is something in it. */
  const problem = (field: DraftField, typed: string): string | null => (typed.trim() === '' ? null : (problems[field] ?? null));
  return (
    <>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (body !== null) setAsked(true);
        }}
      >
        <div className="columns columns-two">
          <div className="stack">
            <Panel title="What was signed">
              <Choices
                legend="You have"
                value={draft.hand}
                onChange={(hand) => set({ hand })}
                options={[
                  ['document', <>A document that the tenant signed <span className="muted">– we write down that they did</span></>],
                  ['receipt', <>A receipt signed with the tenant’s own key <span className="muted">– the file argus-agent consent sign wrote; machines check it themselves</span></>],
                ]}
              />
              {isReceipt ? <ReceiptField tenant={tenant} onReceipt={(receipt) => set({ receipt })} problem={problems.receipt ?? null} /> : null}
              <DocumentField isNeeded={!isReceipt} sha256={draft.sha256} problem={draft.sha256 === null ? null : (problems.document_sha256 ?? null)} onDigest={(sha256) => set({ sha256 })} />
              <Field label="Document id" value={draft.documentId} onChange={(documentId) => set({ documentId })} mono maxLength={200} hint="What it is called in your files. Arming asserts it." problem={problem('document_id', draft.documentId)} />
            </Panel>
            <Panel title="Who signed, and when">
              <Field label="Signer" value={draft.signerName} onChange={(signerName) => set({ signerName })} maxLength={200} problem={problem('signer.name', draft.signerName)} />
              <Field label="E-mail" type="email" value={draft.signerEmail} onChange={(signerEmail) => set({ signerEmail })} maxLength={320} problem={problem('signer.email', draft.signerEmail)} />
              <TimeField label="Signed at" value={draft.signedAt} onChange={(signedAt) => set({ signedAt })} problem={problem('signed_at', draft.signedAt)} />
              {isReceipt ? null : <TimeField label="Ends" value={draft.expiresAt} onChange={(expiresAt) => set({ expiresAt })} empty="Left empty: when it is withdrawn." problem={problem('expires_at', draft.expiresAt)} />}
            </Panel>
          </div>
          <div className="stack">{isReceipt ? <Received draft={draft} tenant={tenant} /> : <HowFar tenant={tenant.id} draft={draft} set={set} problems={problems} />}</div>
        </div>
        <div className="cell-row wrap">
          <Button look="main" type="submit" whyNot={block}>
            Look it over
          </Button>
          <Button onPress={() => go(paths.consent(tenant.id))}>Cancel</Button>
          <p className="muted" role="status">{block ?? 'Nothing is written yet: you see all of it once more first.'}</p>
        </div>
      </form>
      {isAsked && body ? <Review tenant={tenant} body={body} receipt={isReceipt ? draft.receipt : null} onDone={() => go(paths.consent(tenant.id))} onClose={() => setAsked(false)} /> : null}
    </>
  );
}

/** Its SHA-256 is what is recorded; the document stays where it is. */
function DocumentField({ isNeeded, sha256, problem, onDigest }: { readonly isNeeded: boolean; readonly sha256: string | null; readonly problem: string | null; readonly onDigest: (sha256: string | null) => void }) {
  const turn = useRef(0);
  const read = async (file: File | null) => {
    const mine = ++turn.current;
    onDigest(null);
    if (file === null) return null;
    if (file.size === 0) return 'This file is empty: that is no document.';
    const digest = await sha256Of(file);
    if (mine !== turn.current) return null; // another one was chosen meanwhile
    if (digest.ok) onDigest(digest.value);
    return digest.ok ? null : digest.error;
  };
  return (
    <div className="stack-close">
      <FilePick
        label={isNeeded ? 'Signed document' : 'Signed document, to compare'}
        bytesMax={DOCUMENT_BYTES_MAX}
        onFile={read}
        problem={problem}
        hint={`The file itself never leaves this browser: its SHA-256 is computed here, and nothing else of it is ${isNeeded ? 'recorded' : 'looked at'}.${isNeeded ? '' : ' Optional: it has to be the one the receipt is about.'}`}
      />
      {sha256 === null ? null : <p className="hint mono wrap-anywhere" role="status">SHA-256 {sha256}</p>}
    </div>
  );
}

function ReceiptField({ tenant, onReceipt, problem }: { readonly tenant: TenantShown; readonly onReceipt: (receipt: Draft['receipt']) => void; readonly problem: string | null }) {
  const turn = useRef(0);
  const read = async (file: File | null) => {
    const mine = ++turn.current;
    onReceipt(null);
    if (file === null) return null;
    const checked = await checkReceipt(await file.text().catch(() => ''), { tenant, verify: await verifierHere() });
    if (mine !== turn.current) return null;
    if (checked.ok) onReceipt(checked.value);
    return checked.ok ? null : checked.error;
  };
  return <FilePick label="Receipt" accept=".json,application/json" bytesMax={RECEIPT_TEXT_MAX + 1} onFile={read} problem={problem} hint="Its signature is checked here before anything is sent, and by the server and each machine after that." />;
}

function TimeField({ label, value, onChange, empty, problem }: { readonly label: string; readonly value: string; readonly onChange: (value: string) => void; readonly empty?: string; readonly problem: string | null }) {
  const read = timeOf(value);
  return <Field label={label} type="datetime-local" value={value} onChange={onChange} max="9999-12-31T23:59" hint={read === null ? (empty ?? 'By the clock of this browser.') : `Written down as ${read}.`} problem={problem} />;
}

const Received = ({ draft: { receipt }, tenant }: { readonly draft: Draft; readonly tenant: TenantShown }) => (
  <Panel title="What the receipt says">
    {receipt === null ? <p className="muted">Nothing yet. How far it goes and when it ends stands in the receipt; nobody here can change that.</p> : <ReceiptFacts receipt={receipt} machines={tenant.consent_keys} />}
  </Panel>
);

type HowFarProps = { readonly tenant: TenantId; readonly draft: Draft; readonly set: (changed: Partial<Draft>) => void; readonly problems: Readonly<Partial<Record<DraftField, string>>> };

function HowFar({ tenant, draft: { sides, keepKey, keepDays }, set, problems }: HowFarProps) {
  const machines = useData(api.listAgents(tenant, { limit: OFFERED_MAX }), ['agents']).data?.agents.map(({ id }) => id);
  const readKey = async (file: File | null) => {
    const key = file === null ? null : readResultsPublicKey(await file.text().catch(() => ''));
    set({ keepKey: key });
    return file === null || key !== null ? null : 'That is no results key. The tenant makes one: argus-agent results keygen.';
  };
  return (
    <>
      <Panel title="How far it goes">
        {SIDES.map((side) => (
          <ScopeSide
            key={side.name}
            side={side}
            value={sides[side.name]}
            onChange={(value) => set({ sides: { ...sides, [side.name]: value } })}
            problem={problems[`scope.${side.name}`] ?? null}
            zoneProblem={problems['scope.hours.time_zone'] ?? null}
            {...(side.name === 'agents' && machines ? { known: machines } : {})}
          />
        ))}
        <p className="muted">The machines keep to it as well. There is no shell, and no consent can open one.</p>
      </Panel>
      <Panel title="Results">
        <p className="muted">Of what a machine answers the log has a digest, and nothing is kept. Where the tenant wants it, results are kept for them, sealed to a key that only they can open.</p>
        <FilePick label="The tenant’s results key" accept=".pub,.json,.key" bytesMax={KEY_FILE_MAX} onFile={readKey} hint={keepKey === null ? 'Optional: the file that ends with .pub.' : 'Read. Results are sealed to it.'} />
        <Field label="Days" type="number" inputMode="numeric" value={keepDays} onChange={(days) => set({ keepDays: days })} hint={`From 1 to ${KEPT_DAYS_MAX}.`} problem={keepDays.trim() === '' ? null : (problems.keep_results ?? null)} />
      </Panel>
    </>
  );
}
