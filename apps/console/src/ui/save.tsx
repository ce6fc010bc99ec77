import { useEffect, useState } from 'react';
import { Icon } from './icon.tsx';

/** An address of bytes in this page, as long as somebody shows it. */
export function useBlobUrl(bytes: Uint8Array | null, type: string): string | null {
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    if (bytes === null) return setUrl(null);
    const made = URL.createObjectURL(new Blob([Uint8Array.from(bytes)], { type }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [bytes, type]);
  return url;
}

/** Onto the disk of whoever looks. As bytes of no kind: nothing on that disk opens it as a page. */
export function Save({ bytes, as }: { readonly bytes: Uint8Array; readonly as: string }) {
  const url = useBlobUrl(bytes, 'application/octet-stream');
  return url === null ? null : (
    <a className="button button-small" href={url} download={as}>
      <Icon shape="save" size={16} />
      <span>Save as file</span>
    </a>
  );
}
