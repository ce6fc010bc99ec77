import { basename } from 'node:path';
import { argumentsOf, SMALL_ENV, SYSTEM_RUN_DIR, type ServiceFacts } from './definition.ts';

/** A percent sign and, in an argument, a dollar sign mean something to systemd; a quoted word keeps its spaces. */
const quoted = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%')}"`;
const word = (text: string): string => quoted(text).replaceAll('$', '$$$$');

const HOMES = ['/home/', '/root/', '/run/user/'];
const isInHome = (paths: readonly string[]): boolean => paths.some((path) => HOMES.some((home) => `${path}/`.startsWith(home)));

/** What works in every manager: seccomp and the like, once no new privileges can be had. */
const EVERYWHERE = [
  'NoNewPrivileges=yes',
  'UMask=0027',
  'LockPersonality=yes',
  'RestrictRealtime=yes',
  'RestrictSUIDSGID=yes',
  'RestrictNamespaces=yes',
  'RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX',
  'SystemCallArchitectures=native',
  'SystemCallFilter=@system-service',
  'SystemCallFilter=~@privileged @resources',
  'SystemCallFilter=capset', // setpriv, before ffmpeg, lowers what it may; nobody can raise anything by it
  'SystemCallErrorNumber=EPERM',
];

/** Sockets for whoever sits at the machine: the account's group may go in, and nobody else. */
const RUN_DIR = [`RuntimeDirectory=${basename(SYSTEM_RUN_DIR)}`, 'RuntimeDirectoryMode=0750'];

/** Needs the manager of the machine. MemoryDenyWriteExecute is not there: fetch runs WebAssembly, which makes code as it goes. */
const sandbox = ({ program, state, installRoot }: ServiceFacts): readonly string[] => [
  'CapabilityBoundingSet=',
  'AmbientCapabilities=',
  'ProtectSystem=strict',
  `ProtectHome=${isInHome([...program, state, installRoot]) ? 'read-only' : 'yes'}`,
  `ReadWritePaths=${quoted(state)} ${quoted(installRoot)}`,
  'PrivateTmp=yes',
  'PrivateDevices=yes',
  'DevicePolicy=closed',
  'PrivateUsers=yes',
  'ProtectClock=yes',
  'ProtectControlGroups=yes',
  'ProtectHostname=yes',
  'ProtectKernelLogs=yes',
  'ProtectKernelModules=yes',
  'ProtectKernelTunables=yes',
  'ProtectProc=invisible',
  'ProcSubset=pid',
  'RemoveIPC=yes',
  'KeyringMode=private',
];

export function systemdUnit(facts: ServiceFacts): string {
  const { user } = facts;
  const [executable = '', ...rest] = [...argumentsOf(facts), ...(user === null ? [] : ['--run-dir', SYSTEM_RUN_DIR])];
  return `# Made by argus-agent install-service. It says how to keep the agent running and what it may touch.
[Unit]
Description=Argus agent ${facts.agent} of ${facts.tenant}
${user === null ? '' : 'Wants=network-online.target\nAfter=network-online.target\n'}
[Service]
Type=exec
${user === null ? '' : `User=${user}\n`}ExecStart=${[quoted(executable), ...rest.map(word)].join(' ')}
ExecReload=/bin/kill -HUP $MAINPID
${Object.entries(SMALL_ENV).map(([name, value]) => `Environment=${name}=${value}`).join('\n')}
# 2 is a refusal with a sentence: starting again would not change it.
Restart=always
RestartSec=5s
RestartPreventExitStatus=2
TimeoutStopSec=10s
MemoryMax=512M
# A camera can make ffmpeg need all of that. Then ffmpeg goes, and not the agent.
OOMPolicy=continue
TasksMax=256

${[...EVERYWHERE, ...(user === null ? [] : [...RUN_DIR, ...sandbox(facts)])].join('\n')}

[Install]
WantedBy=${user === null ? 'default.target' : 'multi-user.target'}
`;
}
