/** Where one is, in the part of the address that never leaves the browser. */
import { useSyncExternalStore } from 'react';

export type Place = { readonly path: string; readonly query: URLSearchParams };

export function placeOf(hash: string): Place {
  const [path = '', query = ''] = hash.replace(/^#/, '').split('?', 2);
  return { path: path.startsWith('/') ? path : '/', query: new URLSearchParams(query) };
}

/** What a pattern like /agents/:agent names in this path; null: it is another page's. */
export function matchPath(pattern: string, path: string): Readonly<Record<string, string>> | null {
  const want = pattern.split('/');
  const have = path.replace(/\/$/, '').split('/');
  if (want.length !== have.length) return null;
  const named: Record<string, string> = {};
  for (const [i, part] of want.entries()) {
    const given = have[i] ?? '';
    if (part.startsWith(':')) {
      const text = decoded(given);
      if (text === null || text === '') return null;
      named[part.slice(1)] = text;
    } else if (part !== given) return null;
  }
  return named;
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null; // somebody typed half an escape
  }
}

const subscribe = (changed: () => void) => {
  window.addEventListener('hashchange', changed);
  return () => window.removeEventListener('hashchange', changed);
};
export const useHash = (): string => useSyncExternalStore(subscribe, () => window.location.hash);
export const go = (path: string): void => void (window.location.hash = path);
/** The same page, asked differently: no new step for the back button. */
export const refine = (path: string): void => {
  window.history.replaceState(null, '', `#${path}`);
  window.dispatchEvent(new HashChangeEvent('hashchange'));
};
