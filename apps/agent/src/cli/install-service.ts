import { closeSync, constants, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { defaultPath, nextSteps, SMALL_FLAGS, type ServiceFacts, type ServiceKind } from '../service/definition.ts';
import { isServiceKind, problemWith, RENDERERS } from '../service/index.ts';
import { given, type CliCommand } from './command.ts';
import { mustTrust, reasonOf, stop } from './stop.ts';

const KIND_OF: Readonly<Record<string, ServiceKind>> = { linux: 'systemd', darwin: 'launchd', win32: 'windows' };

/** Writes one file, for a service manager to read, and says what to type. It starts nothing and changes nothing else. */
export const installServiceCommand: CliCommand = {
  words: 'install-service',
  usage: '[--user NAME] [--kind systemd|launchd|windows] [--print] [--out FILE]',
  summary: 'write what keeps the daemon running (--user: for the whole machine, as NAME)',
  options: { user: { type: 'string' }, kind: { type: 'string' }, print: { type: 'boolean' }, out: { type: 'string' } },
  run(state, flags) {
    const trust = mustTrust(state);
    const kind = given(flags, 'kind') ?? KIND_OF[process.platform] ?? '';
    if (!isServiceKind(kind)) return stop('Pass what to write it for with --kind systemd, --kind launchd or --kind windows.');
    const facts: ServiceFacts = { agent: trust.agent, tenant: trust.tenant, program: programHere(), state: state.path, installRoot: trust.install_root, user: given(flags, 'user') ?? null };
    const problem = problemWith(kind, facts);
    if (problem !== null) return stop(problem);
    const text = RENDERERS[kind](facts);
    if (flags['print'] === true) return void process.stdout.write(text);
    const out = given(flags, 'out');
    const path = out === undefined ? defaultPath(kind, facts, { home: homedir(), configHome: join(homedir(), '.config') }) : resolve(out);
    if (path === null) return stop('Name the file to write with --out FILE, or pass --print.');
    place(path, text);
    process.stdout.write(`Written to ${path}. Now type:\n${nextSteps(kind, facts, path).map((line) => `  ${line}\n`).join('')}`);
  },
};

/** A single executable is its own script. */
function programHere(): readonly string[] {
  const script = resolve(process.argv[1] ?? process.execPath);
  return script === process.execPath ? [script] : [process.execPath, ...SMALL_FLAGS, script];
}

/** Never over a file that says something else: somebody may have written it by hand. */
function place(path: string, text: string): void {
  if (existsSync(path)) {
    if (readFileSync(path, 'utf8') !== text) stop(`${path} is there already and says something else. Compare it with --print; remove it, or name another file with --out FILE.`);
    return;
  }
  try {
    mkdirSync(dirname(path), { recursive: true });
    const fd = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o644);
    try {
      writeFileSync(fd, text);
    } finally {
      closeSync(fd);
    }
  } catch (problem) {
    stop(`${path} cannot be written: ${reasonOf(problem)}. Let somebody who may do it: argus-agent install-service … --print | sudo tee ${path}`);
  }
}
