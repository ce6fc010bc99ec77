/** Short answers, as tables one can read. All of it is said by the machine. */
import type { ResultOf } from '@argus/protocol/commands/index.ts';
import { Facts } from '../pages/page.tsx';
import { Badge } from '../ui/badge.tsx';
import { exactly, spanWords } from '../ui/time.ts';

/** Clocks that differ by less agree, as far as a browser can tell. */
const SAME_S = 5;

export function PingView({ value, at }: { readonly value: ResultOf<'ping'>; readonly at: number }) {
  const time = Date.parse(value.agent_time);
  const off = Math.abs(time - at) / 1_000;
  return (
    <Facts
      rows={[
        ['Version', value.version],
        ['Runs since', spanWords(value.uptime_s)],
        ['Its clock', <span key="clock" className="cell-row wrap numbers">{exactly(time)}{off < SAME_S ? <Badge tone="good">As yours</Badge> : <Badge tone="warn">{spanWords(off)} from yours</Badge>}</span>],
      ]}
    />
  );
}

export const AgentInfoView = ({ value }: { readonly value: ResultOf<'agent_info'> }) => (
  <>
    <Facts
      rows={[
        ['Version', value.version],
        ['Protocol', String(value.protocol)],
        ['Platform', value.platform],
        ['config.yaml', value.config_sha256 === null ? 'there is none' : <span key="config" className="mono">sha256 {value.config_sha256.slice(0, 16)}…</span>],
        ['Consent key', value.consent_key_fingerprint === null ? 'none: consent is recorded by us' : <span key="key" className="mono">{value.consent_key_fingerprint}</span>],
      ]}
    />
    <Cameras rows={value.cameras.map(({ id, name, last_frame_age_s: age }) => [id, name, age === null ? 'none yet' : `${spanWords(age)} ago`])} last="Last frame" />
  </>
);

export const CapabilitiesView = ({ value }: { readonly value: ResultOf<'get_capabilities'> }) => (
  <>
    <Facts
      rows={[
        ['Version', value.agent_version],
        ['Protocol', String(value.protocol)],
        ['Platform', value.platform],
        ['Commands', <span key="commands" className="mono">{value.commands.join(', ')}</span>],
        ['Consent key', value.consent_key_fingerprint === null ? 'none: consent is recorded by us' : <span key="key" className="mono">{value.consent_key_fingerprint}</span>],
        ['Taken', <span key="taken" className="numbers">{exactly(Date.parse(value.taken_at))}</span>],
      ]}
    />
    <Cameras rows={value.cameras.map(({ id, name }) => [id, name])} />
    <Plain caption="Limits" head={['Limit', 'At most']} rows={Object.entries(value.limits).map(([name, most]) => [name, most.toLocaleString('en')])} />
  </>
);

export const AppliedView = ({ value }: { readonly value: ResultOf<'apply_patch'> }) => (
  <>
    <p>
      <Badge tone="good">Applied</Badge> All of it, as it was signed. The machine keeps no patch half done.
    </p>
    <Plain caption="Files" head={['File', 'Before', 'After']} rows={value.applied.map(({ path, before_sha256: before, after_sha256: after }) => [path, before === null ? 'was not there' : `${before.slice(0, 12)}…`, `${after.slice(0, 12)}…`])} />
  </>
);

const Cameras = ({ rows, last }: { readonly rows: readonly (readonly string[])[]; readonly last?: string }) =>
  rows.length === 0 ? <p className="muted">It has no cameras.</p> : <Plain caption="Cameras" head={['Camera', 'Name', ...(last === undefined ? [] : [last])]} rows={rows} />;

const Plain = ({ caption, head, rows }: { readonly caption: string; readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] }) => (
  <table className="plain">
    <caption>{caption}</caption>
    <thead>
      <tr>
        {head.map((name) => (
          <th key={name} scope="col">
            {name}
          </th>
        ))}
      </tr>
    </thead>
    <tbody>
      {rows.map((row) => (
        <tr key={row[0]}>
          {row.map((cell, i) => (
            <td key={head[i]} className={i === 0 ? 'mono' : ''}>
              {cell}
            </td>
          ))}
        </tr>
      ))}
    </tbody>
  </table>
);
