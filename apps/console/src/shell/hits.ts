import type { Agents, Sessions, Tenants } from '@argus/client/read.ts';
import type { DocsPlace } from '@argus/protocol/http/docs.ts';
import { hasSecret } from '../api/no-secret-leaves.ts';
import type { Who } from '../api/who.tsx';
import { whyNoPage } from '../can.ts';
import { PAGES } from '../pages.ts';
import { paths } from '../paths.ts';

/** `docs`: its path is one of this server, beside the console. */
export type Hit = { readonly docs?: true; readonly kind: string; readonly title: string; readonly more: string; readonly path: string };
type Among = Tenants & Pick<Agents, 'agents'> & Sessions & { readonly docs: readonly DocsPlace[]; readonly who: Pick<Who, 'scopes' | 'user'> };
export const HITS_MAX = 12;

/** All words have to be somewhere; what begins with the first one comes first, and what can be read about it last: what stands in no heading, the docs search themselves. */
export function hitsFor(asked: string, { tenants, agents, sessions, docs, who }: Among): readonly Hit[] {
  const words = asked.toLowerCase().split(/\s+/).filter(Boolean);
  const found: { readonly hit: Hit; readonly rank: number }[] = [];
  const consider = (hit: Hit) => {
    const text = `${hit.title} ${hit.more} ${hit.kind}`.toLowerCase();
    if (!words.every((word) => text.includes(word))) return;
    const begins = words[0] !== undefined && hit.title.toLowerCase().startsWith(words[0]);
    found.push({ hit, rank: (begins ? 0 : 1) + (hit.docs ? 2 : 0) });
  };
  for (const page of PAGES) {
    if ((page.rail || page.isFound) && whyNoPage(page, who) === null) consider({ kind: 'Page', title: page.title, more: '', path: page.path });
  }
  for (const { id, name } of tenants) consider({ kind: 'Tenant', title: id, more: name, path: paths.tenant(id) });
  for (const { id, tenant_id } of agents) consider({ kind: 'Agent', title: id, more: tenant_id, path: paths.agent(id) });
  for (const { session_id, agent_id, reason } of sessions) consider({ kind: 'Session', title: session_id, more: `${agent_id} · ${reason}`, path: paths.session(session_id) });
  if (words.length > 0) for (const { address, page, heading } of docs) consider({ docs: true, kind: 'Docs', title: heading, more: heading === page ? '' : page, path: address });
  const best = found
    .toSorted((a, b) => a.rank - b.rank)
    .slice(0, HITS_MAX)
    .map(({ hit }) => hit);
  return words.length === 0 || hasSecret(asked) ? best : [...best, { docs: true, kind: 'Docs', title: `Search the docs for “${words.join(' ')}”`, more: '', path: `/docs/search?q=${encodeURIComponent(words.join(' '))}` }];
}
