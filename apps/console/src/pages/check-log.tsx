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
  const { checking, check, stop } = useProof();
  const isChecking = checking.kind === 'seen';
  const [file, setFile] = useState<ChosenFile>(NO_FILE);
  const trust = file.trust;
  const wrong = wrongFile(file, tenant);
  const block = tenant === '' ? 'Choose a tenant.' : wrong;
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
            <TrustChoice
              file={file}
              wrong={wrong}
              onFile={(next) => {
                stop(); // what was found was found without it
                setFile(next);
              }}
            />
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

type ChosenFile = { readonly name: string | null; readonly trust: TrustFile | null };
const NO_FILE: ChosenFile = { name: null, trust: null };
const TRUST_BYTES_MAX = 1_048_576;
/** A file that was chosen and cannot be used stops the check: nobody is to think it was looked at. */
function wrongFile({ name, trust }: ChosenFile, tenant: string): string | null {
  if (name === null) return null;
  if (trust === null) return `${name} is no trust file. One comes from argus-agent trust export. To check without one, take it out.`;
  return trust.tenant === tenant ? null : `${name} is of ${trust.agent}, a machine of ${trust.tenant}: it knows nothing of the log of ${tenant}.`;
}

/** It is read here, and goes nowhere. */
function TrustChoice({ file, wrong, onFile }: { readonly file: ChosenFile; readonly wrong: string | null; readonly onFile: (file: ChosenFile) => void }) {
  const read = async (chosen: File | undefined) => {
    if (!chosen) return onFile(NO_FILE);
    const found = chosen.size < TRUST_BYTES_MAX ? TrustFile.safeParse(jsonOf(await chosen.text())) : null;
    onFile({ name: chosen.name, trust: found?.success === true ? found.data : null });
  };
  return (
    <div className="field">
      <label htmlFor="check-trust">Trust file of a machine (optional)</label>
      <input id="check-trust" className="input" type="file" accept=".json,application/json" aria-describedby="check-trust-said" aria-invalid={wrong === null ? undefined : true} onChange={(event) => void read(event.target.files?.[0])} />
      <p id="check-trust-said" className={wrong === null ? 'hint' : 'hint hint-bad'} role={wrong === null ? undefined : 'alert'}>
        {wrong ?? (file.trust ? `Of ${file.trust.agent}, which has followed this log.` : 'It ties the log to what a machine of the tenant has seen. It is read here, and sent nowhere.')}
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
