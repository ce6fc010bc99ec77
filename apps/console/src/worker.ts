/**
 * Keeps the shell for when there is no connection: the page, its scripts, its style, and nothing else. Whatever is not one of those files
 * is none of its business: no answer of the API passes through here, and none is kept.
 */
type Extending = Event & { waitUntil(until: Promise<unknown>): void };
type Asking = Extending & { readonly request: Request; respondWith(answer: Promise<Response>): void };
declare const self: { skipWaiting(): Promise<void>; readonly clients: { claim(): Promise<void> }; readonly location: Location } & {
  addEventListener(what: 'install' | 'activate', hear: (event: Extending) => void): void;
  addEventListener(what: 'fetch', hear: (event: Asking) => void): void;
};
/** Put in by build.ts: every address of the shell, and a name that changes with them. */
declare const SHELL: readonly string[];
declare const SHELL_NAME: string;

const PAGE = '/';
const OURS = 'argus-shell-';
const files = new Set(SHELL);

async function keep(): Promise<void> {
  const cache = await caches.open(SHELL_NAME);
  await cache.addAll(SHELL.map((path) => new Request(path, { credentials: 'omit', cache: 'no-cache' })));
  await self.skipWaiting();
}
async function letGo(): Promise<void> {
  for (const name of await caches.keys()) if (name.startsWith(OURS) && name !== SHELL_NAME) await caches.delete(name);
  await self.clients.claim();
}
const kept = async (path: string): Promise<Response | undefined> => (await caches.open(SHELL_NAME)).match(path);

/** The page as the server has it now; without a connection the one that was kept. */
async function page(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (away) {
    const answer = await kept(PAGE);
    if (!answer) throw away;
    return answer;
  }
}
/** Named after its content, so what was kept is what the server would send. */
const file = async (request: Request, path: string): Promise<Response> => (await kept(path)) ?? fetch(request);

self.addEventListener('install', (event) => event.waitUntil(keep()));
self.addEventListener('activate', (event) => event.waitUntil(letGo()));
self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname, search } = new URL(request.url);
  if (request.method !== 'GET' || origin !== self.location.origin || search !== '' || !files.has(pathname)) return;
  event.respondWith(pathname === PAGE ? page(request) : file(request, pathname));
});

export {}; // a module, with names of its own
