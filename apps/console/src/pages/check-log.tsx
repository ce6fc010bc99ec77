import { useState } from 'react';
import * as api from '@argus/client/requests.ts';
import type { TenantId } from '@argus/protocol/ids.ts';
import { TrustFile } from '@argus/protocol/trust.ts';
import { useData } from '../api/use-data.ts';
import { useWho } from '../api/who.tsx';
import { refine } from '../hash.ts';
import type { PageProps } from '../pages.ts';
import { href, paths } from '../paths.ts';
import { HONEST_WORD, LogKeys, Progress, Report, Verdict } from '../proof/report.tsx';
import { useProof } from '../proof/use-proof.ts';
import { Button } from '../ui/button.tsx';
import { Page, Panel } from './page.tsx';

const GOOD = {
  holds: 'It holds: whole, unchanged, and the log your machine has followed.',
  self_consistent: 'Whole, and unchanged since it was signed.',
  does_not_hold: '',
} as const;

export function CheckLogPage({ query }: PageProps) {
  const tenants = useData(useWho().scopes.includes('tenants:read') ? api.listTenants() : null, ['tenants']).data?.tenants ?? [];
  const tenant = query.get('tenant') ?? tenants[0]?.id ?? '';
  const [trust, setTrust] = useState<TrustFile | null>(null);
  const { checking, check, stop } = useProof();
  const isChecking = checking.kind === 'seen';
  const block = tenant === '' ? 'Choose a tenant.' : trust !== null && trust.tenant !== tenant ? `The trust file is of ${trust.tenant}.` : null;
  return (
    <Page title="CHECK A LOG" more="Every entry of a tenant’s log, read and checked here: its place, its signatures, and whether what it tells is in order." actions={<a className="button" href={href(paths.audit())}>Audit</a>}>
      <div className="columns columns-story">
        <Panel title="What to check">
          <div className="stack">
            <div className="field">
              <label htmlFor="check-tenant">Tenant</label>
              <select
                id="check-tenant"
                className="input"
                value={tenant}
                onChange={(event) => {
                  stop();
                  refine(paths.checkLog(event.target.value));
                }}
              >
                {(tenants.some(({ id }) => id === tenant) ? tenants : [{ id: tenant }, ...tenants]).map(({ id }) => (
                  <option key={id}>{id}</option>
                ))}
              </select>
            </div>
            <TrustChoice trust={trust} onTrust={setTrust} />
            <div className="page-actions">
              <Button look="main" busy={isChecking} whyNot={block} onPress={() => check({ kind: 'log', tenant: tenant as TenantId, trust })}>
                Check all of it
              </Button>
              {isChecking ? <Button onPress={stop}>Stop</Button> : null}
            </div>
            <Progress checking={checking} what="Checking the log" />
            <p className="muted">{HONEST_WORD}</p>
          </div>
        </Panel>
        {checking.kind === 'proof' ? (
          <Panel title={tenant}>
            <Verdict proof={checking.proof} good={GOOD[checking.proof.verdict]} />
            <Report proof={checking.proof} />
            <h3>Who signed it</h3>
            <LogKeys keys={checking.proof.keys} />
          </Panel>
        ) : null}
      </div>
    </Page>
  );
}

/** It is read here, and goes nowhere. */
function TrustChoice({ trust, onTrust }: { readonly trust: TrustFile | null; readonly onTrust: (trust: TrustFile | null) => void }) {
  const [problem, setProblem] = useState<string | null>(null);
  const read = async (file: File | undefined) => {
    const found = file && file.size < 1_048_576 ? TrustFile.safeParse(jsonOf(await file.text())) : null;
    onTrust(found?.success === true ? found.data : null);
    setProblem(file && found?.success !== true ? `${file.name} is no trust file. One comes from argus-agent trust export.` : null);
  };
  return (
    <div className="field">
      <label htmlFor="check-trust">Trust file of a machine (optional)</label>
      <input id="check-trust" className="input" type="file" accept=".json,application/json" aria-describedby="check-trust-said" onChange={(event) => void read(event.target.files?.[0])} />
      <p id="check-trust-said" className={problem === null ? 'hint' : 'hint hint-bad'} role={problem === null ? undefined : 'alert'}>
        {problem ?? (trust ? `Of ${trust.agent}, which has followed this log.` : 'It ties the log to what a machine of the tenant has seen. It is read here, and sent nowhere.')}
      </p>
    </div>
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
