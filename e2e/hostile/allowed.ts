/**
 * What an agent may ask its kernel for, as data: what no row allows is a finding. The start is over with the first look
 * for the server; from then on a control plane can have a say, and the list is short.
 */
import { dirname } from 'node:path';
import { ROOT } from '../processes.ts';
import type { Kind, SystemCall } from './system-calls.ts';

export type Places = { readonly state: string; readonly install: string; readonly server: string };
export type When = 'starting' | 'running';
type Rule = {
  readonly during: readonly When[];
  readonly kinds: readonly Kind[];
  readonly paths: (path: string, places: Places) => boolean;
  readonly why: string;
};

const within = (path: string, folder: string): boolean => path === folder || (path.startsWith(`${folder}/`) && !path.includes('/../') && !path.endsWith('/..'));
const BOTH: readonly When[] = ['starting', 'running'];
const KEYS = ['identity.key', 'passkey'];
/** As the contract has it: section "commands" of the guarantees, relative to the install root. */
const READABLE = /^(argus\.log(\.\d+(\.gz)?)?|config\.yaml|version\.txt|agent_info\.json|crashes(\/[^/]+\.txt)?|hotfix)?$/;
/** Bound and asked by way of a descriptor of its folder, since a path may be longer than the kernel takes. */
const isOwnSocket = (path: string): boolean => /^unix:\/proc\/self\/fd\/\d+\/(status|off|owner)\.sock$/.test(path);
/** What it says of itself, put whole into the place of whatever was there. */
const isOwnWord = (path: string, install: string): boolean => within(path, install) && /^(\.version\.txt\.new|version\.txt|\.agent_info\.json\.new|agent_info\.json)$/.test(path.slice(install.length + 1));
const isOwnLog = (path: string, install: string): boolean => within(path, install) && /^argus\.log(\.\d+(\.gz)?)?$/.test(path.slice(install.length + 1));
const isReadable = (path: string, install: string): boolean => within(path, install) && READABLE.test(path.slice(install.length + 1));

export const ALLOWED: readonly Rule[] = [
  { during: ['starting'], kinds: ['run'], paths: (path) => path === process.execPath, why: 'the recorder starts the program' },
  { during: ['starting'], kinds: ['look', 'read'], paths: (path) => /^\/(lib|lib64|usr\/lib|usr\/share\/zoneinfo)\/|^\/etc\/(ld\.so\.(cache|preload)|localtime)$|^\/(usr|usr\/share|usr\/share\/zoneinfo|etc)$/.test(path), why: 'the system\'s libraries and time zone' },
  { during: ['starting'], kinds: ['look', 'read'], paths: (path) => /^\/etc\/ssl\/openssl\.cnf$|^\/dev\/(null|urandom)$|^\/sys\/(devices\/system\/cpu|fs\/cgroup)\/|^\/proc\/(self\/(maps|cgroup|exe|stat|mountinfo|fd\/\d+)|meminfo|version_signature|stat|cpuinfo|sys\/\S+)$/.test(path), why: 'how Node.js finds out where it runs' },
  { during: ['running'], kinds: ['read'], paths: (path) => path === '/sys/devices/system/cpu/online' || path === '/sys/devices/system/cpu/cpu0/tsc_freq_khz', why: 'the first steps of threads that Node.js began at the start' },
  { during: ['starting'], kinds: ['look', 'read'], paths: (path) => ['apps/agent', 'packages', 'node_modules'].some((folder) => within(path, `${ROOT}/${folder}`)) || path === `${ROOT}/package.json` || path === `${ROOT}/apps/package.json`, why: 'the program itself' },
  { during: ['running'], kinds: ['look', 'read'], paths: (path) => within(path, `${ROOT}/apps/agent/src`) || /^(\/packages\/\w+\/src|\/node_modules\/@argus\/\w+)(\/|$)/.test(path.startsWith(ROOT) ? path.slice(ROOT.length) : '') || isModulesAbove(path), why: 'parts of the program that are loaded when they are first needed, where it runs from its source' },
  { during: ['starting'], kinds: ['look'], paths: (path) => within(`${ROOT}/apps`, path === '/' ? '' : path) || isModulesAbove(path) || /^\/nonexistent\/\.node_(modules|libraries)$/.test(path) || path === process.execPath || /^\.\.\/\.\.\/packages\/\w+$/.test(path) || path === '', why: 'where Node.js looks for packages' },
  { during: ['starting'], kinds: ['read', 'look'], paths: (path, { state }) => within(path, state) || path === dirname(state), why: 'its own keys, trust file and journal' },
  { during: ['running'], kinds: ['read'], paths: (path, { state }) => within(path, state) && !KEYS.some((key) => path.endsWith(`/${key}`)), why: 'its own state; the keys were read once, before anybody could have a say' },
  { during: BOTH, kinds: ['look', 'write', 'change'], paths: (path, { state }) => within(path, state) && !path.endsWith('/trust.json') && !KEYS.some((key) => path.endsWith(`/${key}`)), why: 'its journal and status file; never what it trusts, never its keys' },
  { during: ['running'], kinds: ['look'], paths: (path, { state }) => path === `${state}/trust.json`, why: 'whether its owner pinned a consent key meanwhile' },
  { during: BOTH, kinds: ['look', 'read'], paths: (path, { install }) => isReadable(path, install), why: 'the files of the install root that commands may read' },
  { during: ['running'], kinds: ['connect'], paths: (path, { server }) => path === server, why: 'the one server it was enrolled at' },
  { during: ['starting'], kinds: ['connect', 'listen'], paths: isOwnSocket, why: 'the owner\'s own sockets; does another daemon listen there?' },
  { during: ['starting'], kinds: ['look', 'write', 'change'], paths: (path, { install }) => isOwnWord(path, install), why: 'its version and what it is, for whoever looks into the install root' },
  { during: BOTH, kinds: ['look', 'write', 'change'], paths: (path, { install }) => isOwnLog(path, install), why: 'its own log' },
  { during: ['starting'], kinds: ['look', 'read'], paths: (path, { install }) => path === `${install}/.argus-patch`, why: 'what a patch left that was killed' },
  { during: BOTH, kinds: ['listen'], paths: (path) => path === 'socket:AF_UNIX', why: 'listening on and accepting from such a socket' },
  { during: BOTH, kinds: ['send'], paths: (path) => path.startsWith('socket:'), why: 'on a connection, which was judged when it was made' },
  { during: BOTH, kinds: ['socket'], paths: (path) => /^AF_(INET6?|UNIX), SOCK_STREAM\b/.test(path), why: 'a way to that server; where it leads is judged by connect and listen' },
  { during: BOTH, kinds: ['thread'], paths: () => true, why: 'Node.js has threads of its own; a process would be another kind' },
  { during: ['starting'], kinds: ['power'], paths: (path) => /^io_uring_setup\(.* = -1 ENOSYS \(.*\(INJECTED\)$/.test(path), why: 'Node.js asks for one, and the recorder said that there is none' },
];

/** `node_modules` of the folders the program lies in, and of those above it. */
function isModulesAbove(path: string): boolean {
  const [above = '', more] = path.split('/node_modules');
  return more !== undefined && (within(ROOT, above) || above === '' || within(above, `${ROOT}/apps`) || within(above, `${ROOT}/packages`));
}

export type Finding = { readonly at: number; readonly what: string };

/** Everything no row allows. A call with several paths needs each of them allowed. */
export function findingsIn(events: readonly SystemCall[], places: Places): readonly Finding[] {
  const startsRunning = events.findIndex((event) => event.kind === 'connect' && !event.paths.some(isOwnSocket));
  return events.flatMap((event, n) => {
    const during: When = startsRunning === -1 || n < startsRunning ? 'starting' : 'running';
    const paths = event.paths.length > 0 ? event.paths : [''];
    const isAllowed = paths.every((path) => ALLOWED.some((rule) => rule.during.includes(during) && rule.kinds.includes(event.kind) && rule.paths(path, places)));
    return isAllowed ? [] : [{ at: event.at, what: `${during}: ${event.call} (${event.kind}) ${event.paths.join(' ')}${event.failed === null ? '' : ` ${event.failed}`}` }];
  });
}
