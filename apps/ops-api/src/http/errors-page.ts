/** What stands at the address that every refusal names: each code, what it means and what to do next. */
import { ERRORS } from '@argus/protocol/errors.ts';
import { Page } from './page.ts';

type Table = Readonly<Record<string, { readonly status: number; readonly exit: number; readonly title: string; readonly hint: string }>>;

const text = (raw: string): string => raw.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

export function errorsPage(table: Table = ERRORS): Page {
  const rows = Object.entries(table).map(
    ([code, { status, exit, title, hint }]) => `<dt id="${code}"><code>${code}</code> (HTTP ${status}, exit code ${exit})</dt>\n<dd>${text(title)}. ${text(hint)}</dd>`,
  );
  return new Page(`<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>Argus: errors</title>\n<h1>Errors</h1>\n<dl>\n${rows.join('\n')}\n</dl>\n</html>\n`, 'text/html; charset=utf-8');
}
