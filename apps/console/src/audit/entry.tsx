import { useEffect, type ReactNode } from 'react';
import type { SupportAuditView } from '@argus/protocol/http/audit.ts';
import type { TenantId } from '@argus/protocol/ids.ts';
import { questionIn } from '@argus/protocol/questions.ts';
import { Facts } from '../pages/page.tsx';
import { href, paths } from '../paths.ts';
import type { Proof } from '../proof/question.ts';
import { FindingList, Progress, Verdict, WhoSigned } from '../proof/report.tsx';
import { useProof } from '../proof/use-proof.ts';
import { Dialog } from '../ui/dialog.tsx';
import { exactly } from '../ui/time.ts';

/** One entry: as the audit has it, as the log has it, and whether it is in the log at all. Opened, it is checked. */
export function EntryDialog({ tenant, index, row, onClose }: { readonly tenant: string; readonly index: number; readonly row: SupportAuditView | null; readonly onClose: () => void }) {
  const { checking, check } = useProof();
  const shown = row?.id;
  // Once for each row: a newer answer that says the same is the same row.
  useEffect(() => check({ kind: 'entry', tenant: tenant as TenantId, index, row }), [check, tenant, index, shown]); // the server says what is none
  const proof = checking.kind === 'proof' ? checking.proof : null;
  return (
    <Dialog title={`Entry ${index} of ${tenant}`} onClose={onClose} wide>
      <Progress checking={checking} what="Checking the entry" />
      {proof ? <EntryProof proof={proof} hasRow={row !== null} /> : null}
      <Said row={row} proof={proof} />
      {proof?.entry ? (
        <details>
          <summary>Exact text, as it was hashed</summary>
          <pre className="exact" tabIndex={0}>
            {proof.entry.text}
          </pre>
        </details>
      ) : null}
      {proof ? <WhoSigned proof={proof} /> : null}
      <p>
        <a href={href(paths.checkLog(tenant))}>Check all of this log</a>
      </p>
    </Dialog>
  );
}

function EntryProof({ proof, hasRow }: { readonly proof: Proof; readonly hasRow: boolean }) {
  return (
    <>
      <Verdict proof={proof} good={hasRow ? 'It is in the log, and the audit says the same.' : 'It is in the log.'} />
      {proof.differs.length > 0 ? (
        <p className="note note-bad" role="alert">
          The audit says something else than the log of: {proof.differs.join(', ')}. They are written together; one of them was changed.
        </p>
      ) : null}
      <FindingList title="What does not hold" proof={proof} fails />
    </>
  );
}

/** Of a question: what was answered. */
const answerIn = (entry: Parameters<typeof questionIn>[0]): string | null => {
  const question = questionIn(entry);
  return question && `the answer was: ${question.answer}`;
};

/** In the words of the log where they are there; until then, and for an entry nobody can read, in those of the audit. */
function Said({ row, proof }: { readonly row: SupportAuditView | null; readonly proof: Proof | null }) {
  const leaf = proof?.entry?.leaf;
  const said: readonly (readonly [string, string | null | undefined])[] = leaf
    ? [['When', exactly(Date.parse(leaf.at))], ['What', questionIn({ ...leaf, args: leaf.args_commit })?.asks ?? leaf.command ?? leaf.type], ['Phase', leaf.phase], ['Outcome', answerIn({ ...leaf, args: leaf.args_commit }) ?? leaf.code ?? leaf.outcome], ['Reason', leaf.reason], ['Operator', leaf.operator], ['Agent', leaf.agent], ['Session', leaf.session], ['Arguments', leaf.args_commit && JSON.stringify(leaf.args_commit)]]
    : row
      ? [['When', exactly(Date.parse(row.at))], ['What', questionIn({ ...row, type: row.action })?.asks ?? row.command ?? row.action], ['Phase', row.phase], ['Outcome', answerIn({ ...row, type: row.action }) ?? row.code ?? row.outcome], ['Reason', row.reason], ['Operator', row.operator], ['Agent', row.agent_id], ['Session', row.session_id], ['Arguments', row.args && JSON.stringify(row.args)]]
      : [];
  const rows = said.flatMap(([name, text]): (readonly [string, ReactNode])[] => (text === undefined || text === null ? [] : [[name, <bdi key={name}>{text}</bdi>]]));
  return rows.length === 0 ? null : <Facts rows={[...rows, ...(row?.ip ? [['Address', <span key="ip" className="mono">{row.ip}</span>] as const] : [])]} />;
}
