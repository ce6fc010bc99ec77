/** What may be pressed, and if not, why. It explains; the server decides. */
import type { Who } from './api/who.tsx';
import type { PageRow } from './pages.ts';

/** Null: go on. Else the sentence beside the button that cannot be pressed. */
export const whyNot = (who: Who, scope: string): string | null =>
  who.scopes.includes(scope) ? null : `Your role lacks ${scope}. An owner can give it to you.`;

/** Is there anything for them on this page? The server asks again for each thing that is on it. */
export const whyNoPage = ({ scopes, ofAllTenants }: Pick<PageRow, 'scopes' | 'ofAllTenants'>, { scopes: mine, user }: Pick<Who, 'scopes' | 'user'>): string | null => {
  if (scopes && !scopes.some((scope) => mine.includes(scope))) return `This page is for those with ${scopes.join(' or ')}. Ask an owner of this server.`;
  return ofAllTenants && user.tenants !== 'all' ? 'This page is about all tenants together, so it is for those who may see all of them.' : null;
};
