import { useId, useState, type ReactNode } from 'react';

type FilePickProps = {
  readonly label: string;
  readonly accept?: string;
  readonly bytesMax: number;
  /** Answers what is wrong with it; null: nothing. No file: what was chosen before is taken back. */
  readonly onFile: (file: File | null) => Promise<string | null>;
  readonly hint: ReactNode;
  readonly problem?: string | null;
};

/** A file of whoever sits here, looked at in this page and kept nowhere. */
export function FilePick({ label, accept, bytesMax, onFile, hint, problem = null }: FilePickProps) {
  const id = useId();
  const [unread, setUnread] = useState<string | null>(null);
  const said = unread ?? problem;
  const choose = async (file: File | undefined) => {
    if (!file || file.size > bytesMax) {
      setUnread(file ? `This file is larger than ${bytesMax.toLocaleString('en')} bytes.` : null);
      return void onFile(null);
    }
    setUnread(null);
    setUnread(await onFile(file));
  };
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        className="input"
        type="file"
        accept={accept}
        aria-invalid={said !== null || undefined}
        aria-describedby={`${id}-said`}
        onChange={(event) => void choose(event.target.files?.[0])}
      />
      <p id={`${id}-said`} className={said === null ? 'hint' : 'hint hint-bad'} role={said === null ? undefined : 'alert'}>
        {said ?? hint}
      </p>
    </div>
  );
}

type FileFieldProps = Omit<FilePickProps, 'onFile'> & { readonly onText: (text: string) => void };

/** A file that is read as text. */
export const FileField = ({ onText, ...rest }: FileFieldProps) => (
  <FilePick
    {...rest}
    onFile={async (file) => {
      if (file === null) return null;
      try {
        onText(await file.text());
        return null;
      } catch {
        return 'This file cannot be read. It may have changed since you chose it: choose it again.';
      }
    }}
  />
);
