import { useId, useState, type ReactNode } from 'react';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { ProblemNote } from '../ui/problem.tsx';
import type { Act } from './use-act.tsx';

type ActFormProps = {
  readonly title: string;
  /** What the button says that sends it. */
  readonly submit: string;
  readonly look?: 'main' | 'danger';
  /** Why it cannot be sent yet. */
  readonly block?: string | null;
  readonly act: Pick<Act<never>, 'busy' | 'problem' | 'stepUp'>;
  readonly onSubmit: () => void;
  readonly onClose: () => void;
  readonly says?: ReactNode;
  readonly children?: ReactNode;
};

/** A dialog around one act: what it does, what the server said to it, its fields, and the button that sends it once. */
export function ActForm({ title, submit, look = 'main', block = null, act: { busy, problem, stepUp }, onSubmit, onClose, says, children }: ActFormProps) {
  const id = useId();
  const [isBegun, setBegun] = useState(false); // a form nobody has touched does not nag
  return (
    <Dialog
      title={title}
      onClose={onClose}
      footer={
        <>
          <Button onPress={onClose}>Cancel</Button>
          <Button look={look} type="submit" form={id} busy={busy} whyNot={block} saysWhy={isBegun}>
            {submit}
          </Button>
        </>
      }
    >
      <form
        id={id}
        className="stack"
        onChange={() => setBegun(true)}
        onSubmit={(event) => {
          event.preventDefault();
          if (block === null && !busy) onSubmit();
        }}
      >
        {says}
        {problem ? <ProblemNote problem={problem} /> : null}
        {children}
      </form>
      {stepUp}
    </Dialog>
  );
}
