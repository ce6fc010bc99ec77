/** Views somebody gave a name: kept in this browser, a name and an address each, and nothing of what they show. */
import { filtersIn, queryOf } from './filters.ts';

export type View = { readonly name: string; readonly query: string };
export const VIEWS_MAX = 30;
export const VIEW_NAME_MAX = 60;

/** Whoever else signs in here has their own. */
const keptAs = (user: string): string => `argus-views ${user}`;

/** What stands there may be anybody's: only what has our shape counts, and a query is one this page would write. */
export function readViews(text: string | null): readonly View[] {
  let raw: unknown;
  try {
    raw = JSON.parse(text ?? '[]');
  } catch {
    return [];
  }
  if (!Array.isArray(raw)) return [];
  return raw.slice(0, VIEWS_MAX).flatMap((one: unknown) => {
    if (typeof one !== 'object' || one === null || !('name' in one) || !('query' in one)) return [];
    const { name, query } = one;
    return typeof name === 'string' && typeof query === 'string' && name.trim() !== '' ? [{ name: name.trim().slice(0, VIEW_NAME_MAX), query: queryOf(filtersIn(new URLSearchParams(query))) }] : [];
  });
}

/** The newest first; a name is given once. */
export const withView = (views: readonly View[], view: View): readonly View[] => [view, ...withoutView(views, view.name)].slice(0, VIEWS_MAX);
export const withoutView = (views: readonly View[], name: string): readonly View[] => views.filter((one) => one.name !== name);

export const keptViews = (user: string): readonly View[] => readViews(localStorage.getItem(keptAs(user)));
export function keepViews(user: string, views: readonly View[]): void {
  if (views.length === 0) localStorage.removeItem(keptAs(user));
  else localStorage.setItem(keptAs(user), JSON.stringify(views));
}
