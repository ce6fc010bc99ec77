/** What a service definition is made from. The renderers beside this file are pure: the same facts, the same bytes. */
export type ServiceFacts = {
  readonly agent: string;
  readonly tenant: string;
  /** The program and what comes before its own words: the runtime, flags and the script, or one executable. */
  readonly program: readonly string[];
  readonly state: string;
  readonly installRoot: string;
  /** The account of the machine it runs as; null: a service of the person who asks, in their own session. */
  readonly user: string | null;
};
export type ServiceKind = 'systemd' | 'launchd' | 'windows';

export const argumentsOf = ({ program, state }: ServiceFacts): readonly string[] => [...program, 'run', '--state', state];

/**
 * Flags of Node.js, so that an idle agent stays small: a small young generation, and code that is interpreted. A daemon
 * that waits has nothing to optimize; WebAssembly, which `fetch` needs, keeps working. The heap holds the largest
 * picture, patch and piece of a log at once in less than half of its limit; without one, V8 counts on the whole machine.
 * The snapshot of Node.js saves a few milliseconds at the start, and its pages stay for as long as the process does.
 */
export const SMALL_FLAGS = ['--no-node-snapshot', '--max-old-space-size=64', '--max-semi-space-size=1', '--optimize-for-size', '--no-opt', '--no-sparkplug', '--no-maglev'];
/** glibc: one arena, and what is freed goes back to the system. Elsewhere nobody reads them. */
export const SMALL_ENV: Readonly<Record<string, string>> = { MALLOC_ARENA_MAX: '1', MALLOC_MMAP_THRESHOLD_: '65536', MALLOC_TRIM_THRESHOLD_: '65536' };

/** Where a daemon of the whole machine has its sockets, so that whoever sits at it need not be told. */
export const SYSTEM_RUN_DIR = '/run/argus-agent';

/** Where service managers look. */
export function defaultPath(kind: ServiceKind, { user }: Pick<ServiceFacts, 'user'>, { home, configHome }: { readonly home: string; readonly configHome: string }): string | null {
  if (kind === 'systemd') return user === null ? `${configHome}/systemd/user/argus-agent.service` : '/etc/systemd/system/argus-agent.service';
  if (kind === 'launchd') return user === null ? `${home}/Library/LaunchAgents/com.argus.agent.plist` : '/Library/LaunchDaemons/com.argus.agent.plist';
  return null; // Windows reads it once, from wherever it is
}

/** What to type next. The agent itself starts no programs, so a person does. */
export function nextSteps(kind: ServiceKind, { user }: Pick<ServiceFacts, 'user'>, path: string): readonly string[] {
  switch (kind) {
    case 'systemd':
      return user === null
        ? ['systemctl --user daemon-reload', 'systemctl --user enable --now argus-agent', 'loginctl enable-linger   # so that it also runs while you are signed out']
        : ['sudo systemctl daemon-reload', 'sudo systemctl enable --now argus-agent'];
    case 'launchd':
      return user === null ? [`launchctl bootstrap gui/$(id -u) ${path}`] : [`sudo chown root:wheel ${path}`, `sudo launchctl bootstrap system ${path}`];
    case 'windows':
      return [`schtasks /Create /TN ArgusAgent /XML "${path}"`, 'schtasks /Run /TN ArgusAgent'];
    default:
      return kind satisfies never;
  }
}
