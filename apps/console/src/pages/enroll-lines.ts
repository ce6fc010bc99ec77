/** What one types on the machine. The code works once and says which log key to trust; it stands in a file and in no shell's history. */
export const SYSTEMS = ['linux', 'macos', 'windows'] as const;
export type System = (typeof SYSTEMS)[number];
export const SYSTEM_NAMES: Readonly<Record<System, string>> = { linux: 'Linux', macos: 'macOS', windows: 'Windows' };

/** Files that lie beside the code, where somebody wants them: what the machine looks through, and who may sign patches for it. */
export const EXTRAS = ['cameras', 'patch-keys'] as const;
export type Extra = (typeof EXTRAS)[number];

/** Where what is supported is usually installed: somebody looks at it before they press Enter. */
const ROOTS: Readonly<Record<System, string>> = { linux: '~/app', macos: '~/app', windows: '$HOME\\app' };

type Given = { readonly server: string; readonly code: string; readonly extras: readonly Extra[] };

/**
 * A code is letters, digits, - and _, and an address has no quote in it: nothing here needs to be escaped. An enrollment that fails
 * leaves the code where it is, since it is still good. PowerShell 5 has no &&.
 */
export function enrollLines(system: System, { server, code, extras }: Given): string {
  const root = ROOTS[system];
  const files = EXTRAS.filter((extra) => extras.includes(extra)).map((extra) => ` --${extra} ${extra}.json`);
  const enroll = `argus-agent enroll --server ${server} --code-file code --install-root ${root}${files.join('')}`;
  if (system === 'windows') {
    return [`New-Item -ItemType Directory -Force ${root} | Out-Null`, `Set-Content -NoNewline code '${code}'`, `${enroll}; if ($?) { Remove-Item code; argus-agent run }`].join('\n');
  }
  return [`mkdir -p ${root}`, `(umask 077; printf %s '${code}' > code)`, enroll, 'rm code', 'argus-agent run'].join(' &&\n');
}
