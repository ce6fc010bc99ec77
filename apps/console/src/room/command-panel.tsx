import { memo, useState } from 'react';
import type { ConsentScope } from '@argus/protocol/consent-scope.ts';
import { ERRORS } from '@argus/protocol/errors.ts';
import type { SessionView } from '@argus/protocol/http/shapes.ts';
import type { Manifest } from '@argus/protocol/manifest.ts';
import { ConsentWay } from '../modals/consent-way.tsx';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { ProblemNote } from '../ui/problem.tsx';
import { argsOf, fieldsOf, KEPT_WORDS, wordsOf, type Contract, type FieldOf } from './form-of.ts';
import { consentBlock } from './may.ts';
import { PatchForm } from './patch-form.tsx';
import { Result } from './result.tsx';
import { useCommand, type Args, type Command } from './use-command.ts';

export type PanelProps = {
  readonly session: SessionView;
  readonly contract: Contract;
  /** Why nothing can be sent at all. */
  readonly block: string | null;
  readonly scope: ConsentScope | null;
  readonly now: number;
  readonly manifest: Manifest | null;
  readonly isShown: boolean;
};

/** The form of one command, made from its contract, and what the machine last answered to it. */
export const CommandPanel = memo(function CommandPanel({ session, contract, block, scope, now, manifest, isShown }: PanelProps) {
  const [typed, setTyped] = useState<Readonly<Record<string, string>>>({});
  const [isBegun, setBegun] = useState(false);
  const command = useCommand(session, contract.name);
  const fields = fieldsOf(contract);
  const args = argsOf(fields, typed);
  const own = consentBlock(scope, contract, { session, now, args }) ?? (command.waitS > 0 ? `The machine takes the next one in ${command.waitS} s.` : null);
  const closed = block ?? own; // what is in the way of all of them is said once, above
  const set = (name: string) => (text: string) => setTyped({ ...typed, [name]: text });
  return (
    <div className="command">
      <p className="muted">{contract.summary}.</p>
      {contract.name === 'apply_patch' ? (
        // of this very contract
        <PatchForm agent={session.agent_id} command={command as Command<'apply_patch'>} block={closed} />
      ) : (
        <form
          className="command-form"
          onChange={() => setBegun(true)}
          onSubmit={(event) => {
            event.preventDefault();
            if (closed === null && argsBlock(contract, args) === null && !command.busy) command.send(args);
          }}
        >
          {fields.map((field) => (
            <ArgField key={field.name} field={field} value={typed[field.name] ?? field.first} onChange={set(field.name)} manifest={manifest} />
          ))}
          <Button look="main" type="submit" busy={command.busy} whyNot={closed ?? argsBlock(contract, args)} saysWhy={isBegun && closed === null}>
            Run {contract.name}
          </Button>
        </form>
      )}
      {own === null ? null : <p className="note">{own}</p>}
      {command.problem === null ? null : <ProblemNote problem={command.problem} />}
      <ConsentWay problem={command.problem} tenant={session.tenant_id} />
      {command.again === null ? null : (
        <p className="again">
          <Button busy={command.busy} whyNot={closed} onPress={command.again}>
            Ask again for the same
          </Button>
          <span className="muted">What was carried out already is answered, and not done twice.</span>
        </p>
      )}
      <Result session={session} name={contract.name} command={command} args={args} block={closed ?? argsBlock(contract, args)} isShown={isShown} />
    </div>
  );
});

/** In the words of the contract; the machine would say the same. */
function argsBlock(contract: Contract, args: Args): string | null {
  const read = contract.parse(args);
  if (read.ok) return null;
  const { title, hint } = ERRORS[read.error.code];
  const problems = read.error.facts?.problems ?? [];
  return problems.length > 0 ? `${title}: ${problems.join('; ')}.` : `${title}. ${hint}`;
}

const OFTEN: Readonly<Record<string, readonly string[]>> = {
  file: ['argus.log', 'argus.log.1', 'argus.log.2.gz'],
  path: ['config.yaml', 'version.txt', 'agent_info.json', 'argus.log'],
};

function ArgField({ field: { name, kind, limits, kept }, value, onChange, manifest }: { readonly field: FieldOf; readonly value: string; readonly onChange: (text: string) => void; readonly manifest: Manifest | null }) {
  const often = name === 'camera' ? manifest?.cameras.map(({ id }) => id) : OFTEN[name];
  const known = name === 'camera' ? manifest?.cameras.map((camera) => `${camera.id} is ${camera.name}`).join(', ') : undefined;
  const hint = [limits === null ? '' : `${limits}.`, known ? `${known}.` : '', KEPT_WORDS[kept]].filter(Boolean).join(' ');
  return <Field label={wordsOf(name)} value={value} onChange={onChange} mono hint={hint} {...(kind === 'whole' ? { type: 'number' as const, inputMode: 'numeric' as const } : {})} {...(often ? { suggest: often } : {})} />;
}
