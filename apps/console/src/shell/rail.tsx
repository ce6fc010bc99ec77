import { useEffect, useRef } from 'react';
import { listAlerts } from '@argus/client/requests.ts';
import { useData } from '../api/use-data.ts';
import { useWho } from '../api/who.tsx';
import { whyNoPage } from '../can.ts';
import { href, paths } from '../paths.ts';
import { PAGES, type Group, type PageRow } from '../pages.ts';
import { Icon } from '../ui/icon.tsx';
import { Mark } from './mark.tsx';

const GROUPS: readonly Group[] = ['MONITOR', 'REMOTE SUPPORT', 'DATA & ADMIN'];

type RailProps = { readonly path: string; readonly open: boolean; readonly onClose: (how: 'followed' | 'escaped') => void };

/** Where the screen is small it is a menu: opened, it has the focus. */
export function Rail({ path, open, onClose }: RailProps) {
  const place = useRef<HTMLElement>(null);
  useEffect(() => {
    if (open) place.current?.querySelector<HTMLElement>('.rail-group a')?.focus();
  }, [open]);
  const who = useWho();
  const shown = PAGES.filter((row) => row.rail && whyNoPage(row, who) === null);
  const waiting = useData(shown.some((row) => row.path === paths.alerts()) ? listAlerts() : null, ['alerts']).data?.alerts.length ?? 0;
  const countOf = ({ path: to }: PageRow) => (to === paths.alerts() ? waiting : 0);
  return (
    <nav ref={place} className={`rail${open ? ' rail-open' : ''}`} aria-label="Pages" onKeyDown={(event) => (event.key === 'Escape' ? onClose('escaped') : undefined)}>
      <a className="rail-mark" href={href('/tenants')}>
        <Mark />
        <span>Argus</span>
      </a>
      {GROUPS.map((group) => {
        const rows = shown.filter((row) => row.rail?.group === group);
        return rows.length === 0 ? null : (
          <div key={group} className="rail-group">
            <h3>{group}</h3>
            <ul>
              {rows.map((row) => (
                <li key={row.path}>
                  <a href={href(row.path)} aria-label={countOf(row) > 0 ? `${row.title}, ${countOf(row)} open` : undefined} aria-current={`${path}/`.startsWith(`${row.path}/`) ? 'page' : undefined} onClick={() => onClose('followed')}>
                    {row.rail ? <Icon shape={row.rail.icon} /> : null}
                    {row.title}
                    {countOf(row) > 0 ? <span className="rail-count numbers" data-count={countOf(row)} /> : null}
                  </a>
                </li>
              ))}
            </ul>
          </div>
        );
      })}
      <a className="rail-you" href={href(paths.profile())} aria-current={path === paths.profile() ? 'page' : undefined} onClick={() => onClose('followed')}>
        <Icon shape="person" />
        <span className="clip">{who.user.email}</span>
      </a>
      <a className="rail-docs" href="/docs" target="_blank" rel="noreferrer">
        Documentation
      </a>
    </nav>
  );
}
