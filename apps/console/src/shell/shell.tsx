import { Suspense, useEffect, useRef, useState, type ComponentType } from 'react';
import * as auth from '@argus/client/auth.ts';
import { call, isOver } from '../api/call.ts';
import { useLine } from '../api/live.ts';
import { useWho } from '../api/who.tsx';
import { whyNoPage } from '../can.ts';
import { go, matchPath, placeOf, useHash, type Place } from '../hash.ts';
import { PAGES, type PageProps, type PageRow } from '../pages.ts';
import { href, paths } from '../paths.ts';
import { Icon } from '../ui/icon.tsx';
import { Help } from './help.tsx';
import { keepFocus } from './keep-focus.ts';
import { keptLook, showLook, type Look } from './look.ts';
import { lostWords } from './lost-words.ts';
import { PageBoundary } from './page-boundary.tsx';
import { Rail } from './rail.tsx';
import { Search } from './search.tsx';
import { isTyping } from './typing.ts';

type Over = 'search' | 'help' | 'rail' | null;

export function Shell({ onLeft }: { readonly onLeft: (says: string | null) => void }) {
  const who = useWho();
  const place = placeOf(useHash());
  const found = pageAt(place);
  const [over, setOver] = useState<Over>(null);
  const [look, setLook] = useState<Look>(keptLook);
  useEffect(() => showLook(look), [look]);
  useEffect(keepFocus, []);
  useEffect(() => {
    setOver(null); // what stood over the page before: whoever goes back wants to see where they are
    if (place.path === '/') go(paths.tenants());
  }, [place.path]);
  useEffect(() => {
    document.title = found ? `${found.row.title} · Argus` : 'Argus';
  }, [found]);
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        setOver('search');
      } else if (event.key === '?' && !isTyping(event.target)) setOver('help');
    };
    window.addEventListener('keydown', pressed);
    return () => window.removeEventListener('keydown', pressed);
  }, []);
  const menu = useRef<HTMLButtonElement>(null);
  const closeRail = (how: 'followed' | 'escaped') => {
    if (over !== 'rail') return;
    setOver(null);
    (how === 'followed' ? document.getElementById('main') : menu.current)?.focus();
  };
  const signOut = async () => {
    const done = await call(auth.signOut());
    showLook(look); // the answer empties what the browser keeps, and how a screen looks is no secret
    onLeft(done.ok || isOver(done.error) ? 'You are signed out.' : NOT_OUT);
  };

  return (
    <div className="shell">
      <a className="skip" href="#main" onClick={(event) => { event.preventDefault(); document.getElementById('main')?.focus(); }}>
        Skip to the page
      </a>
      <Rail path={place.path} open={over === 'rail'} onClose={closeRail} />
      <header className="top">
        <button ref={menu} type="button" className="button button-quiet top-menu" aria-label="Menu" aria-expanded={over === 'rail'} onClick={() => setOver(over === 'rail' ? null : 'rail')}>
          <Icon shape="menu" />
        </button>
        <button type="button" className="top-search" onClick={() => setOver('search')}>
          <Icon shape="search" size={16} />
          <span>Search tenants, agents, sessions, docs</span>
          <kbd>Ctrl K</kbd>
        </button>
        <div className="top-end">
          <LineMark />
          <button type="button" className="button button-quiet" aria-label={look.theme === 'dark' ? 'Light colours' : 'Dark colours'} onClick={() => setLook({ ...look, theme: isDark(look) ? 'light' : 'dark' })}>
            <Icon shape={isDark(look) ? 'sun' : 'moon'} />
          </button>
          <button type="button" className="button button-quiet goes-2" aria-label={look.density === 'compact' ? 'Wider lines' : 'Closer lines'} aria-pressed={look.density === 'compact'} onClick={() => setLook({ ...look, density: look.density === 'compact' ? 'comfortable' : 'compact' })}>
            <Icon shape="rows" />
          </button>
          <button type="button" className="button button-quiet" aria-label="Help for this page" onClick={() => setOver('help')}>
            <Icon shape="help" />
          </button>
          <a className="top-who goes-2" href={href(paths.profile())}>
            <Icon shape="person" size={16} />
            <span>{who.user.email}</span>
            <span className="muted">{who.user.role}</span>
          </a>
          <button type="button" className="button button-quiet" aria-label="Sign out" title="Sign out" onClick={() => void signOut()}>
            <Icon shape="out" />
          </button>
        </div>
      </header>
      <AwayBanner />
      <main id="main" className="main" tabIndex={-1}>
        {found ? <ShownPage key={JSON.stringify([found.row.path, found.named])} row={found.row} named={found.named} query={place.query} /> : <Lost path={place.path} />}
      </main>
      {over === 'search' ? <Search onClose={() => setOver(null)} /> : null}
      {over === 'help' && found ? <Help row={found.row} onClose={() => setOver(null)} /> : null}
    </div>
  );
}

/** What was seen is gone from here all the same; the cookie is the server's to take. */
const NOT_OUT = 'You may still be signed in: the server did not confirm it. Reload this page, and sign out once more.';

const isDark = ({ theme }: Look): boolean => theme === 'dark' || (theme === 'system' && window.matchMedia('(prefers-color-scheme: dark)').matches);

function pageAt({ path }: Place): { readonly row: PageRow; readonly named: PageProps['named'] } | null {
  for (const row of PAGES) {
    const named = matchPath(row.path, path);
    if (named) return { row, named };
  }
  return null;
}

const loaded = new Map<string, ComponentType<PageProps>>();
function ShownPage({ row, named, query }: PageProps & { readonly row: PageRow }) {
  const who = useWho();
  const [Page, setPage] = useState<ComponentType<PageProps> | null>(() => loaded.get(row.path) ?? null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    if (Page) return;
    const load = async () => {
      const page = await row.load();
      loaded.set(row.path, page);
      setPage(() => page);
    };
    load().catch(() => setFailed(true));
  }, [Page, row]);
  const lacking = whyNoPage(row, who);
  if (lacking !== null) return <Closed title={row.title} says={lacking} />;
  if (failed) return <Closed title={row.title} says="This page could not be loaded. The server may have been updated: reload, and it is there." />;
  return (
    <PageBoundary title={row.title}>
      <Suspense>{Page ? <Page named={named} query={query} /> : null}</Suspense>
    </PageBoundary>
  );
}

function Closed({ title, says }: { readonly title: string; readonly says: string }) {
  return (
    <section className="page">
      <h1>{title}</h1>
      <p className="note">{says}</p>
    </section>
  );
}
const Lost = ({ path }: { readonly path: string }) => {
  const { email } = useWho().user;
  return path === '/' ? null : <Closed {...lostWords(path, email)} />;
};

function LineMark() {
  const line = useLine();
  const words = { connecting: 'Connecting', live: 'Live', away: 'Offline' }[line];
  return (
    <span className={`line line-${line}`} role="status">
      <span className="dot" aria-hidden="true" />
      {words}
    </span>
  );
}
function AwayBanner() {
  return useLine() === 'away' ? (
    <p className="banner" role="status">
      The line to the server is cut. What you see is what was last known; it comes back by itself.
    </p>
  ) : null;
}
