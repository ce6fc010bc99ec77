/**
 * What strace wrote, as events. Pure. A line that is not understood is an event too, of kind `unknown`: what cannot be
 * read cannot be allowed.
 */
export type Kind =
  | 'look' //     stat, access, readlink: is it there?
  | 'read' //     a file is opened to be read
  | 'write' //    a file is opened to be written, or made
  | 'change' //   renamed, removed, linked, given another mode
  | 'run' //      another program takes this process over
  | 'process' //  a process of its own begins
  | 'thread'
  | 'socket'
  | 'connect'
  | 'listen' //   bind, listen, accept
  | 'send' //     to an address, without a connection
  | 'signal'
  | 'power' //    what no agent has any use for: ptrace, io_uring, memfd, another user, …
  | 'unknown';

export type SystemCall = {
  readonly at: number; //   epoch milliseconds
  readonly call: string;
  readonly kind: Kind;
  /** Files with links resolved by the kernel where the call succeeded, `inet:1.2.3.4:443`, `unix:/path`, a program, or the line. */
  readonly paths: readonly string[];
  readonly failed: string | null; // ENOENT
};

const KINDS: Readonly<Record<string, Kind>> = Object.fromEntries(
  (
    [
      ['look', 'stat lstat newfstatat fstatat64 statx access faccessat faccessat2 readlink readlinkat getcwd statfs getxattr lgetxattr listxattr llistxattr inotify_add_watch'],
      ['change', 'rename renameat renameat2 unlink unlinkat rmdir link linkat symlink symlinkat mkdir mkdirat mknod mknodat chmod fchmod fchmodat fchmodat2 chown lchown fchown fchownat'],
      ['change', 'truncate ftruncate utime utimes utimensat futimesat setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr chdir fchdir'],
      ['run', 'execve execveat'],
      ['process', 'fork vfork'],
      ['socket', 'socket socketpair'],
      ['connect', 'connect'],
      ['listen', 'bind listen accept accept4'],
      ['send', 'sendto sendmsg sendmmsg'],
      ['signal', 'kill tkill tgkill pidfd_send_signal rt_sigqueueinfo rt_tgsigqueueinfo'],
      ['power', 'ptrace process_vm_readv process_vm_writev process_madvise memfd_create memfd_secret io_uring_setup io_uring_enter io_uring_register bpf perf_event_open userfaultfd pidfd_open pidfd_getfd'],
      ['power', 'name_to_handle_at open_by_handle_at mount umount2 move_mount open_tree fsopen fspick pivot_root chroot unshare setns init_module finit_module kexec_load reboot swapon acct quotactl'],
      ['power', 'setuid setgid setreuid setregid setresuid setresgid setgroups setfsuid setfsgid capset keyctl add_key request_key shmget mq_open fanotify_init fanotify_mark personality'],
    ] satisfies readonly (readonly [Kind, string])[]
  ).flatMap(([kind, calls]) => calls.split(' ').map((call): [string, Kind] => [call, kind])),
);
const OPENING = ['open', 'openat', 'openat2', 'creat'];
const CLONING = ['clone', 'clone3'];

/** Names that this machine's kernel does not have are no reason to stop: hence the `?`. */
const recorded = (kinds: readonly string[]): string => [...kinds, ...OPENING, ...CLONING].map((call) => `?${call}`).join(',');
export const RECORDED_CALLS: string = recorded(Object.keys(KINDS));
export const RECORDED_BUT_LOOKS: string = recorded(Object.keys(KINDS).filter((call) => KINDS[call] !== 'look'));

const LINE = /^(\d+) +(\d+)\.(\d{3})\d* (.*)$/;
const QUOTED = /"((?:[^"\\]|\\.)*)"/g;
/** How processes begin and end, and the signals they get, which the senders answer for. */
const REMARK = /^(\+\+\+|---|<\.\.\. (exit|exit_group) )/;

export function parseTrace(text: string): readonly SystemCall[] {
  const found: SystemCall[] = [];
  const begun = new Map<string, string>(); // by thread: what it was in the middle of when another one spoke
  const known: Known = { folders: new Map(), sockets: new Map() };
  const self = new RegExp(`(?<=[<"])/proc/${/^\d+/.exec(text)?.[0] ?? 'self'}/`, 'g');
  for (const line of text.replaceAll(self, '/proc/self/').split('\n')) {
    if (line === '') continue;
    const parts = LINE.exec(line);
    if (!parts) {
      found.push({ at: 0, call: '?', kind: 'unknown', paths: [line], failed: null });
      continue;
    }
    const [, thread = '', seconds = '', milliseconds = '', rest = ''] = parts;
    if (REMARK.test(rest)) continue;
    if (rest.endsWith('<unfinished ...>')) {
      begun.set(thread, rest.slice(0, -'<unfinished ...>'.length));
      continue;
    }
    const resumed = /^<\.\.\. (\w+) resumed>(.*)$/.exec(rest);
    const whole = resumed ? `${begun.get(thread) ?? `${resumed[1]}(`}${resumed[2]}` : rest;
    if (resumed) begun.delete(thread);
    found.push(eventOf(whole, Number(seconds) * 1_000 + Number(milliseconds), known));
  }
  // What was begun and never returned was asked for all the same.
  for (const rest of begun.values()) found.push(eventOf(`${rest}) = ?`, 0, known));
  return found;
}

/** By descriptor, what `/proc/self/fd/<n>` stands for; by number, of what family a socket is. */
type Known = { readonly folders: Map<string, string>; readonly sockets: Map<string, string> };

function eventOf(text: string, at: number, { folders, sockets }: Known): SystemCall {
  const call = /^(\w+)\(/.exec(text)?.[1] ?? '?';
  const answer = / = (?:-1 (E\w+)|(-?\w+)(?:<(.*?)>)?)[^=]*$/.exec(text);
  const failed = answer?.[1] ?? null;
  const args = text.slice(call.length + 1);
  const as = (kind: Kind, paths: readonly string[]): SystemCall => ({ at, call, kind, paths, failed });
  if (OPENING.includes(call)) {
    const [descriptor, opened] = [answer?.[2], answer?.[3]?.replace(/\(deleted\)$/, '')];
    const paths = opened === undefined ? pathsIn(args, folders) : [opened];
    if (descriptor !== undefined && opened !== undefined) folders.set(descriptor, opened);
    const flags = args.replaceAll(QUOTED, '');
    return as(call === 'creat' || /\bO_(WRONLY|RDWR|CREAT|TRUNC|TMPFILE)\b/.test(flags) ? 'write' : 'read', paths);
  }
  if (CLONING.includes(call)) return as(args.includes('CLONE_THREAD') ? 'thread' : 'process', []);
  const kind = Object.hasOwn(KINDS, call) ? (KINDS[call] ?? 'unknown') : 'unknown';
  switch (kind) {
    case 'look':
      return as(kind, call.startsWith('readlink') ? pathsIn(args, folders).slice(0, 1) : pathsIn(args, folders)); // not what the link says
    case 'change':
      return as(kind, pathsIn(args, folders));
    case 'run':
      return as(kind, pathsIn(args.split(', [')[0] ?? '', folders)); // without the words it is given
    case 'connect':
    case 'listen':
    case 'send':
      return as(kind, [addressIn(args, sockets)]);
    case 'socket':
      if (answer?.[3] !== undefined) sockets.set(answer[3], args.split(',')[0] ?? '');
      return as(kind, [args.split(')')[0] ?? '']);
    case 'signal':
      return as(kind, [args.split(')')[0] ?? '']);
    default:
      return as(kind, [text]);
  }
}

/** Each path argument, made absolute by the folder it is relative to. One without a name is the descriptor itself. */
function pathsIn(args: string, folders: ReadonlyMap<string, string>): readonly string[] {
  const paths: string[] = [];
  const each = /(?:(AT_FDCWD|\d+)<((?:[^>\\]|\\.)*)>(?:, |\)))?(?:"((?:[^"\\]|\\.)*)")?/g;
  for (const [found, , folder, name] of args.split(', {')[0]?.matchAll(each) ?? []) {
    if (found === '') continue;
    const asked = unquoted(name ?? '');
    const through = /^\/proc\/self\/fd\/(\d+)(\/.*)?$/.exec(asked);
    const base = through?.[1] === undefined ? undefined : folders.get(through[1]);
    if (base !== undefined) paths.push(base + (through?.[2] ?? ''));
    else if (asked.startsWith('/')) paths.push(asked);
    else if (folder !== undefined) paths.push(asked === '' ? folder : `${folder}/${asked}`);
    else if (name !== undefined) paths.push(asked);
  }
  return paths;
}

const unquoted = (text: string): string =>
  text.replaceAll(/\\(x[0-9a-f]{2}|[0-7]{1,3}|.)/g, (_, code: string) =>
    /^[0-7]/.test(code) ? String.fromCharCode(Number.parseInt(code, 8)) : code.startsWith('x') ? String.fromCharCode(Number.parseInt(code.slice(1), 16)) : code,
  );

function addressIn(args: string, sockets: ReadonlyMap<string, string>): string {
  const [port, v4, v6, unix] = [/sin6?_port=htons\((\d+)\)/, /inet_addr\("([^"]+)"\)/, /inet_pton\(AF_INET6, "([^"]+)"/, /sun_path=@?"([^"]*)"/].map((shape) => shape.exec(args)?.[1]);
  if (unix !== undefined) return `unix:${unix}`;
  if (port !== undefined) return `inet:${v4 ?? v6 ?? '?'}:${port}`;
  // Of the descriptor alone: listen, accept, or sending on a connection.
  return `socket:${sockets.get(/^\d+<([^>]*)>/.exec(args)?.[1] ?? '') ?? 'inherited'}`;
}
