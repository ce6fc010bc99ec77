/** What one types on the machine. The code works once and says which log key to trust; it stands in a file and in no shell's history. */
export const SYSTEMS = ['linux', 'macos', 'windows'] as const;
export type System = (typeof SYSTEMS)[number];
export const SYSTEM_NAMES: Readonly<Record<System, string>> = { linux: 'Linux', macos: 'macOS', windows: 'Windows' };

/** Where what is supported is usually installed: somebody looks at it before they press Enter. */
const ROOTS: Readonly<Record<System, string>> = { linux: '~/app', macos: '~/app', windows: '$HOME\\app' };

/** A code is letters, digits, - and _, and an address has no quote in it: nothing here needs to be escaped. */
export function enrollLines(system: System, { server, code }: { readonly server: string; readonly code: string }): string {
  const root = ROOTS[system];
  if (system === 'windows') {
    return [`New-Item -ItemType Directory -Force ${root} | Out-Null`, `Set-Content -NoNewline code '${code}'`, `argus-agent enroll --server ${server} --code-file code --install-root ${root}`, 'Remove-Item code', 'argus-agent run'].join('\n');
  }
  return [`mkdir -p ${root}`, `(umask 077; printf %s '${code}' > code)`, `argus-agent enroll --server ${server} --code-file code --install-root ${root}`, 'rm code', 'argus-agent run'].join('\n');
}
