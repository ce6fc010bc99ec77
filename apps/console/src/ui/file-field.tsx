import { useId, useState } from 'react';

type FileFieldProps = {
  readonly label: string;
  readonly accept: string;
  readonly bytesMax: number;
  readonly onText: (text: string) => void;
  readonly hint: string;
  readonly problem?: string | null;
};

/** A file of whoever sits here, read in this page and kept nowhere. */
export function FileField({ label, accept, bytesMax, onText, hint, problem = null }: FileFieldProps) {
  const id = useId();
  const [unread, setUnread] = useState<string | null>(null);
  const said = unread ?? problem;
  const read = async (file: File) => {
    if (file.size > bytesMax) return setUnread(`This file is larger than ${bytesMax.toLocaleString('en')} bytes.`);
    try {
      onText(await file.text());
      setUnread(null);
    } catch {
      setUnread('This file cannot be read. It may have changed since you chose it: choose it again.');
    }
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
        onChange={(event) => {
          const [file] = event.target.files ?? [];
          if (file) void read(file);
        }}
      />
      <p id={`${id}-said`} className={said === null ? 'hint' : 'hint hint-bad'} role={said === null ? undefined : 'alert'}>
        {said ?? hint}
      </p>
    </div>
  );
}
