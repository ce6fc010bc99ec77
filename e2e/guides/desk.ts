/** Where a guide is tried: a home of its own, the checkout at hand, and our programs under their names. */
import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ROOT } from '../processes.ts';

export type Desk = { readonly folder: string; readonly env: NodeJS.ProcessEnv };

/** npm's scripts without npm, which takes longer than what it starts: `npm run --silent NAME -- …`. */
const Scripts = z.object({ scripts: z.record(z.string(), z.string()) });
const PROGRAMS = ['argusctl', 'argus-agent', 'argus-sign', 'argus-verify', 'argus-ops'] as const;

export function newDesk(place: string, name: string, { dataDir, machine }: { dataDir: string; machine: string | null }): Desk {
  const [folder, bin, home, state] = ['work', 'bin', 'home', 'state'].map((part) => join(place, name, part)) as [string, string, string, string]; // four in, four out
  for (const path of [folder, bin, home, state]) mkdirSync(path, { recursive: true });
  for (const entry of readdirSync(ROOT)) if (!entry.startsWith('.')) symlinkSync(join(ROOT, entry), join(folder, entry));
  const machineState = machine === null ? null : join(dataDir, 'agents', machine, 'state');
  if (machineState !== null) symlinkSync(machineState, join(state, 'argus-agent'));
  const { scripts } = Scripts.parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')));
  for (const program of PROGRAMS) {
    const main = / (apps\/\S+)$/.exec(scripts[program] ?? '')?.[1] ?? '';
    makeProgram(join(bin, program), `exec "${process.execPath}" "${join(ROOT, main)}" "$@"${program === 'argus-agent' ? agentFlags(machineState) : ''}`);
  }
  makeProgram(join(bin, 'npm'), '[ "$1 $2 $4" = "run --silent --" ] || { echo "no guide may ask npm for: $*" >&2; exit 1; }\nexport npm_lifecycle_event="$3"; name="$3"; shift 4; exec "$name" "$@"');
  makeProgram(join(bin, 'node'), `exec "${process.execPath}" "$@"`);
  return { folder, env: { PATH: `${bin}:${process.env['PATH'] ?? ''}`, HOME: home, XDG_STATE_HOME: state, ARGUS_DATA_DIR: dataDir, NODE_COMPILE_CACHE: join(place, 'compiled'), NO_COLOR: '1', LANG: 'C.UTF-8' } };
}

/** Whoever runs these tests as root is told by the guides to say so; and whoever sits at a machine of the demo has its state elsewhere. */
const agentFlags = (state: string | null): string =>
  `${process.getuid?.() === 0 ? ' --allow-root' : ''}${state === null ? '' : ` $([[ " $* " == *" --state "* ]] || echo --state "${state}")`}`;

function makeProgram(path: string, script: string): void {
  writeFileSync(path, `#!/bin/bash\n${script}\n`);
  chmodSync(path, 0o755);
}
