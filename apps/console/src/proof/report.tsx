/** What was checked, what holds, what does not and where: the words are those of argus-verify. */
import { COUNTED } from '@argus/evidence/check-log.ts';
import { AREAS, FINDINGS, type Finding } from '@argus/evidence/findings.ts';
import { href, paths } from '../paths.ts';
import { Icon } from '../ui/icon.tsx';
import { ProblemNote } from '../ui/problem.tsx';
import { exactly } from '../ui/time.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { Proof } from './question.ts';
import type { Checking } from './use-proof.ts';

export const HONEST_WORD =
  'This check runs in your browser, with code that came from this very server: one that lies could lie to the check as well. argus-verify, on a machine of your own and with its trust file, does not depend on it.';

export function Progress({ checking, what }: { readonly checking: Checking; readonly what: string }) {
  if (checking.kind === 'broke') return <p className="note note-bad" role="alert">The check broke off by itself. Reload the page and try again; argus-verify does the same on your own machine.</p>;
  if (checking.kind === 'unable') return <p className="note note-bad" role="alert">This browser cannot check signatures of the kind the log has (Ed25519), or was led here without https. Use a newer one, or argus-verify.</p>;
  if (checking.kind === 'problem') return <ProblemNote problem={checking.problem} />;
  if (checking.kind !== 'seen') return null;
  const { seen, of } = checking;
  return (
    <div className="progress" role="status">
      <progress max={Math.max(1, of)} {...(of > 0 && { value: seen })} aria-label={what} />
      <span className="muted numbers">{of > 0 ? `${seen.toLocaleString('en')} of ${of.toLocaleString('en')} entries` : 'asking for the checkpoint'}</span>
    </div>
  );
}

export function Verdict({ proof, good }: { readonly proof: Proof; readonly good: string }) {
  const isGood = proof.verdict !== 'does_not_hold' && proof.differs.length === 0;
  return (
    <div className={`proof proof-${isGood ? 'good' : 'bad'}`} role="status">
      <Icon shape={isGood ? 'check' : 'alerts'} size={22} />
      <div>
        <p>
          <strong>{isGood ? good : 'It does not hold.'}</strong>
        </p>
        <p>
          Checked {exactly(proof.at)} under the signed checkpoint over {proof.checked.size.toLocaleString('en')} entries.
        </p>
      </div>
    </div>
  );
}

/** The whole of it: for a log. */
export function Report({ proof }: { readonly proof: Proof }) {
  const { checked, changed } = proof;
  const { counts, numbers, whose } = checked;
  const holding = AREAS.filter(({ codes }) => !codes.some((code) => counts[code] !== undefined));
  return (
    <div className="stack">
      {changed.length > 0 && whose ? (
        <ul className="found found-bad">
          {changed.map((index) => (
            <li key={index}>
              <strong>
                <a href={href(paths.entry(whose.tenant, index))}>Entry {index}</a> is not the one the checkpoint was signed over.
              </strong>
            </li>
          ))}
        </ul>
      ) : null}
      <FindingList title="What does not hold" proof={proof} fails />
      <FindingList title="What could not be told, or is worth a look" proof={proof} fails={false} />
      {holding.length > 0 ? (
        <section>
          <h3>What holds</h3>
          <ul className="found">
            {holding.map(({ holds }) => (
              <li key={holds} className="found-good">
                <Icon shape="check" size={16} />
                <span>{holds}</span>
              </li>
            ))}
          </ul>
        </section>
      ) : null}
      <section>
        <h3>What was looked at</h3>
        <ul className="counts">
          {Object.entries(COUNTED).map(([name, words]) => (
            <li key={name}>
              <strong className="numbers">{numbers[name as keyof typeof COUNTED].toLocaleString('en')}</strong> {words}
            </li>
          ))}
        </ul>
      </section>
    </div>
  );
}

/** Of a kind together: what it means and what to do is said once. */
export function FindingList({ title, proof: { checked }, fails }: { readonly title: string; readonly proof: Proof; readonly fails: boolean }) {
  const groups = [...Map.groupBy(checked.findings.filter(({ code }) => FINDINGS[code].fails === fails), ({ code }) => code)];
  if (groups.length === 0) return null;
  return (
    <section>
      <h3>{title}</h3>
      <ul className="found">
        {groups.map(([code, all]) => (
          <li key={code} className={fails ? 'found-bad' : 'found-open'}>
            <Icon shape={fails ? 'alerts' : 'help'} size={16} />
            <div>
              {all.map((finding, i) => (
                <Where key={i} finding={finding} tenant={checked.whose?.tenant} />
              ))}
              {(checked.counts[code] ?? 0) > all.length ? <p className="muted">and {(checked.counts[code] ?? 0) - all.length} more of these</p> : null}
              <p className="muted">
                {FINDINGS[code].means} {FINDINGS[code].next}
              </p>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

const Where = ({ finding: { index, says }, tenant }: { readonly finding: Finding; readonly tenant: string | undefined }) => (
  <p className="wrap-anywhere">
    {index !== undefined && tenant !== undefined ? (
      <>
        <a href={href(paths.entry(tenant, index))}>Entry {index}</a>:{' '}
      </>
    ) : null}
    {says}
  </p>
);

/** Who signed: to be held against what the tenant's own machine goes by. */
export const WhoSigned = ({ proof }: { readonly proof: Proof }) => (
  <details>
    <summary>Who signed it, and what this check is worth</summary>
    <div className="stack">
      <LogKeys keys={proof.keys} />
      <p className="muted">{HONEST_WORD}</p>
    </div>
  </details>
);

export function LogKeys({ keys }: { readonly keys: readonly string[] }) {
  const newest = keys.at(-1);
  if (newest === undefined) return <p className="muted">The server does not say which key signs this log.</p>;
  return (
    <div className="stack">
      <dl className="facts">
        <div>
          <dt>Log key</dt>
          <dd className="mono">{newest}</dd>
        </div>
        <div>
          <dt>Fingerprint</dt>
          <dd className="mono">{fingerprintOf(newest)}</dd>
        </div>
      </dl>
      <p className="muted">
        The server names this key. Compare it with the last of <code>log_keys</code> in what <code>argus-agent trust export</code> prints on a machine of the tenant: that one was pinned there when the machine was enrolled.
      </p>
    </div>
  );
}
