import { useState } from 'react';
import { toProblem, type Denial } from '@argus/protocol/errors.ts';
import { webCrypto } from '@argus/evidence/web-crypto.ts';
import { fromUtf8 } from '@argus/kit/bytes.ts';
import type { AgentId } from '@argus/protocol/ids.ts';
import { PATCH_TEXT_MAX, type PatchFile } from '@argus/protocol/patch.ts';
import { now } from '../adapters/clock.ts';
import { Facts } from '../pages/page.tsx';
import { Badge, type Tone } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { FileField } from '../ui/file-field.tsx';
import { ProblemNote } from '../ui/problem.tsx';
import { TextLines } from '../ui/text-lines.tsx';
import { exactly } from '../ui/time.ts';
import { linesOf } from './log-lines.ts';
import { checkPatch, checkSignatures, readKeys, type CheckedPatch, type Signed } from './patch-check.ts';
import type { Command } from './use-command.ts';

const KEYS_MAX = 65_536;
type PatchFormProps = { readonly agent: AgentId; readonly command: Command<'apply_patch'>; readonly block: string | null };

/** A patch is looked at before it goes: whom it is for, what it writes, who says they signed it. Then the machine is typed out. */
export function PatchForm({ agent, command, block }: PatchFormProps) {
  const [patch, setPatch] = useState<CheckedPatch | null>(null);
  const [denial, setDenial] = useState<Denial | null>(null);
  const [typed, setTyped] = useState('');
  const [isBegun, setBegun] = useState(false);
  const choose = (text: string) => {
    const checked = checkPatch(text, { agent, now: now() });
    setPatch(checked.ok ? checked.value : null);
    setDenial(checked.ok ? null : checked.error);
    setTyped('');
  };
  const why = block ?? (patch === null ? 'Choose a patch first.' : typed === agent ? null : `Type ${agent} exactly as it stands.`);
  return (
    <form
      className="stack"
      onChange={() => setBegun(true)}
      onSubmit={(event) => {
        event.preventDefault();
        if (why !== null || patch === null || command.busy) return;
        setTyped('');
        command.send({ patch: patch.raw });
      }}
    >
      <FileField label="Patch" accept=".json,application/json" bytesMax={PATCH_TEXT_MAX} onText={choose} hint="The file argus-sign wrote. Of its content the tenant’s log keeps a salted digest." />
      {denial === null ? null : <ProblemNote problem={{ kind: 'refused', ...toProblem(denial, 'nothing was sent') }} />}
      {patch === null ? null : <PatchShown patch={patch} />}
      {patch === null ? null : <Field label={`Type ${agent}`} value={typed} onChange={setTyped} mono hint="It replaces files on that machine, all of them or none." />}
      <span>
        <Button look="main" type="submit" busy={command.busy} whyNot={why} saysWhy={isBegun && block === null}>
          Run apply_patch
        </Button>
      </span>
    </form>
  );
}

function PatchShown({ patch: { manifest, files, read } }: { readonly patch: CheckedPatch }) {
  return (
    <div className="stack patch">
      <Facts
        rows={[
          ['Patch', <span key="id" className="mono">{manifest.id}</span>],
          ['Note', manifest.note === '' ? '–' : manifest.note],
          ['From', exactly(Date.parse(manifest.not_before))],
          ['Until', exactly(Date.parse(manifest.not_after))],
          ['Form', <span key="form" className="cell-row wrap"><Badge tone="good">Fits</Badge> for this machine, in its time, each file with its size and digest</span>],
        ]}
      />
      <Signatures key={manifest.id} patch={read} />
      {files.map((file) => (
        <File key={file.path} file={file} />
      ))}
    </div>
  );
}

function File({ file: { path, bytes, sha256 } }: { readonly file: PatchFile }) {
  return (
    <details className="patch-file">
      <summary>
        <span className="mono">{path}</span> <span className="muted">{bytes.length.toLocaleString('en')} bytes, sha256 {sha256.slice(0, 12)}…</span>
      </summary>
      <TextLines name={`What the patch writes into ${path}`} lines={linesIn(bytes)} hasNumbers />
    </details>
  );
}
function linesIn(bytes: Uint8Array): readonly string[] {
  try {
    return linesOf(fromUtf8(bytes));
  } catch {
    return ['No text.'];
  }
}

const SIGNED: Readonly<Record<Signed['is'], readonly [Tone, string]>> = {
  good: ['good', 'holds'],
  bad: ['bad', 'does not hold'],
  unknown: ['calm', 'no key of this name'],
};

/** Which keys count only the machine knows. Whoever has the file it was enrolled with can ask here already. */
function Signatures({ patch }: { readonly patch: CheckedPatch['read'] }) {
  const [found, setFound] = useState<readonly Signed[] | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const ask = (text: string) => {
    const keys = readKeys(text);
    setFound(null);
    setProblem(keys === null ? 'No file of keys: choose what argus-sign public printed.' : null);
    if (keys !== null) void checkSignatures(patch, keys, webCrypto(crypto.subtle).verify).then(setFound);
  };
  const shown: readonly Signed[] = found ?? patch.signatures.map(({ key_id: key }) => ({ key, is: 'unknown' }));
  return (
    <>
      <ul className="signatures">
        {shown.map(({ key, is }, i) => (
          <li key={`${key} ${i}`}>
            <span className="mono">{key}</span> {found === null ? <Badge tone="calm">says it signed</Badge> : <Badge tone={SIGNED[is][0]}>{SIGNED[is][1]}</Badge>}
          </li>
        ))}
      </ul>
      <FileField label="Keys to check the signatures with" accept=".json,application/json" bytesMax={KEYS_MAX} onText={ask} problem={problem} hint="Optional: the file the machine was enrolled with. Without it the machine alone decides." />
    </>
  );
}
