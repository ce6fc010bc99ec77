/** Commands no contract has, and arguments no contract takes: with an honest entry in the log for each. */
import { COMMANDS } from '@argus/protocol/commands/index.ts';
import type { Attack } from '../attack.ts';
import type { Fight } from '../fight.ts';

const UNKNOWN = [
  'shell', 'exec', 'run', 'sh -c id', 'write_file', 'eval', 'update', 'update_agent', 'set_trust', 'get_passkey', 'list_files', 'tunnel', 'PING', 'ping ', ' ping', 'ping\u0000', 'p\u0456ng', 'Ping', '', '*', '..', '../ping', 'ping/../exec',
  'constructor', '__proto__', 'prototype', 'toString', 'valueOf', 'hasOwnProperty', '__defineGetter__', '__lookupSetter__', 'isPrototypeOf', 'then', 'apply', 'call', 'bind', 'name', 'length', '0', 'NaN', 'null', 'undefined', 'default',
] as const;

const isThere = (name: string): boolean => COMMANDS.some((command) => command.name === name);
/** Until a contract is there the command is not known; from then on its own word counts. */
const may = (command: string, ...codes: readonly string[]): readonly string[] => (isThere(command) ? codes : ['command_not_allowlisted']);

const PATHS = [
  '/etc/passwd', '../outside/secret.txt', '../../../../../../etc/passwd', 'crashes/../../outside/secret.txt', './config.yaml', 'crashes/./one.txt', 'crashes//one.txt', 'config.yaml/', 'config.yaml/.', '/config.yaml', '//etc/passwd', 'file:///etc/passwd',
  'config.yaml\u0000', 'config.yaml\u0000.txt', 'crashes/one.txt\u0000.exe', 'config.yaml\n', 'CONFIG.YAML', 'Config.yaml', 'conf\u0456g.yaml', 'con\ufb01g.yaml', 'config.yaml\u200b', 'c\u0301onfig.yaml', '\u2025/outside/secret.txt', '\uff0e\uff0e/outside/secret.txt', '%2e%2e/outside/secret.txt', '..%2foutside',
  '..\\outside\\secret.txt', 'C:\\Windows\\win.ini', 'C:config.yaml', '\\\\server\\share', 'config.yaml::$DATA', 'CON', 'secret.txt', 'crashes', 'crashes/', 'crashes/deep/b.txt', 'crashes/x.txt.exe', 'crashes/.txt', 'crashes/..txt', 'crashes/*.txt', 'argus.log.', 'argus.log.-1', 'argus.log.1e3', 'argus.log.2.gz.gz', 'argus.log.1/../../outside/secret.txt',
  'hotfix/a.json', 'state/identity.key', '../state/identity.key', '../state/passkey', '../state/trust.json', '~/.ssh/id_ed25519', '$HOME/.ssh', '`id`', '$(id)', '; id', '| id', '-rf', '--help', '', ' ', '.', '..', '/', '/proc/self/environ', '/proc/self/mem', '/proc/1/root/etc/passwd', '/dev/zero', '/dev/tty', '/dev/tcp/127.0.0.1/80', 'a'.repeat(200), `${'a/'.repeat(2_000)}a`, 'x'.repeat(4_096),
] as const;
/** Names that are allowed, where something else lies under them. */
/** Links that were put there before it started, and that it replaced by files of its own. */
const REPLACED = ['version.txt', 'agent_info.json'] as const;
const TRAPS = ['argus.log.1', 'crashes/folder.txt', 'argus.log.7', 'crashes/none.txt'] as const;

/** A prototype is dropped before anything reads it: what is left are good arguments. */
const ODD_ARGS: Readonly<Record<string, unknown>> = {
  'a prototype': JSON.parse('{"__proto__":{"isAdmin":true,"path":"/etc/passwd"}}'),
  'a constructor': { constructor: { prototype: { isAdmin: true } } },
  'a toJSON': { toJSON: 'x', toString: null, valueOf: 1 },
  'a then': JSON.parse('{"then":{"then":{}}}'),
  'a thousand keys': Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`k${n}`, n])),
  'a key of 100,000 letters': { ['k'.repeat(100_000)]: 1 },
  'a text of 100,000 letters': { text: 'x'.repeat(100_000) },
  'numbers at the edge': { a: 2 ** 53, b: -0, c: 1e308, d: 5e-324, e: -(2 ** 63) },
  'sixty levels': JSON.parse(`${'{"a":'.repeat(60)}1${'}'.repeat(60)}`),
};

const PATCH = {
  v: 1, id: 'patch_0000000000000001', agent: 'agent_macpro_lobby_01', files: [{ path: 'config.yaml', sha256: '0'.repeat(64), size: 3, content_base64: 'YTog', content: 'YTog' }], not_before: '2020-01-01T00:00:00.000Z', not_after: '2099-01-01T00:00:00.000Z', note: 'fix',
};
const SIGNED = { signatures: [{ key_id: 'k1', sig: `${'A'.repeat(86)}==` }] };
/** No patch key is in the trust file: whatever comes, nothing of it may be applied. */
const PATCHES: Readonly<Record<string, object>> = {
  'nobody signed': { patch: PATCH, signatures: [] },
  'somebody signed': { patch: PATCH, ...SIGNED },
  'in one piece': { ...PATCH, ...SIGNED },
  'as a text': { patch: JSON.stringify({ ...PATCH, ...SIGNED }) },
  'with signatures that are not a list': { patch: PATCH, signatures: { length: 1, 0: SIGNED.signatures[0] } },
  'signed by one key sixteen times': { patch: PATCH, signatures: Array.from({ length: 16 }, () => SIGNED.signatures[0]) },
  'for another agent': { patch: { ...PATCH, agent: 'agent_somebody_else' }, ...SIGNED },
  'for every agent': { patch: { ...PATCH, agent: '*' }, ...SIGNED },
  'that has expired': { patch: { ...PATCH, not_after: '2020-01-02T00:00:00.000Z' }, ...SIGNED },
  'of the trust file': { patch: of({ path: '../state/trust.json' }), ...SIGNED },
  'of the allowlist itself': { patch: of({ path: '/usr/lib/argus/commands/index.ts' }), ...SIGNED },
  'that climbs out': { patch: of({ path: 'hotfix/../../outside/secret.txt' }), ...SIGNED },
  'of a script': { patch: of({ path: 'hotfix/run.sh', content_base64: 'IyEvYmluL3NoCg==' }), ...SIGNED },
  'with a mode': { patch: of({ mode: 0o755 }), ...SIGNED },
  'that is a link': { patch: of({ symlink: '/etc/passwd' }), ...SIGNED },
  'with ten thousand files': { patch: { ...PATCH, files: Array.from({ length: 2_000 }, (_, n) => ({ path: `hotfix/${n}.json`, size: 0 })) }, ...SIGNED },
  'with a prototype': { patch: JSON.parse('{"__proto__":{"threshold":0}}'), signatures: [] },
  'with a threshold of its own': { patch: PATCH, signatures: [], threshold: 0, keys: [] },
};
function of(file: object): object {
  return { ...PATCH, files: [{ ...PATCH.files[0], ...file }] };
}
const PATCH_CODES = ['bad_args', 'patch_signature_invalid', 'patch_wrong_target', 'patch_expired', 'patch_not_yet_valid', 'patch_target_not_allowlisted', 'patch_mode_forbidden', 'patch_not_applied', 'not_in_log'];

const say = (command: string, args: Readonly<Record<string, unknown>>) => (fight: Fight) => fight.line().tell(fight.command(command, args));
const shown = (value: unknown): string => (JSON.stringify(value) ?? 'nothing').slice(0, 60);
const attack = (name: string, command: string, args: Readonly<Record<string, unknown>>, codes: readonly string[]): Attack => ({ name, from: 'awake', may: may(command, ...codes), send: say(command, args) });

export const COMMAND_ATTACKS: readonly Attack[] = [
  ...UNKNOWN.map((command): Attack => attack(`the command ${JSON.stringify(command)}`, command, {}, [])),
  { name: 'any command while asleep', from: 'asleep', may: [], send: (fight) => ['ping', 'agent_info', 'shell', '__proto__'].forEach((command) => say(command, {})(fight)) },
  ...COMMANDS.flatMap(({ name, example }) =>
    Object.entries(ODD_ARGS).map(([what, args]) => attack(`${name} with ${what}`, name, { ...(example as object), ...(args as object) }, ['bad_args', 'not_in_log', 'silence', ...(what === 'a prototype' ? ['ok'] : [])])),
  ),
  ...PATHS.map((path) => attack(`read_file of ${shown(path)}`, 'read_file', { path }, ['path_not_allowlisted', 'bad_args', 'not_in_log', 'silence'])),
  ...TRAPS.map((path) => attack(`read_file of ${path}, which is a trap or not there`, 'read_file', { path }, ['path_not_allowlisted', 'file_not_found'])),
  ...REPLACED.map((path) => attack(`read_file of ${path}, which was a trap`, 'read_file', { path }, ['ok'])),
  ...PATHS.slice(0, 40).map((file) => attack(`tail_log of ${shown(file)}`, 'tail_log', { file }, ['path_not_allowlisted', 'bad_args', 'not_in_log', 'silence'])),
  ...TRAPS.map((file) => attack(`tail_log of ${file}, which is a trap, not there or no log`, 'tail_log', { file }, ['path_not_allowlisted', 'file_not_found', 'bad_args'])),
  ...[0, -1, 5_001, 1.5, 2 ** 53, '200', null, [], { valueOf: 1 }, true].map((lines) => attack(`tail_log of ${shown(lines)} lines`, 'tail_log', { lines }, ['bad_args'])),
  ...['cam_99', '', '../cam_3', 'http://169.254.169.254/latest', 'rtsp://root:pass@10.0.0.1/', 'file:///etc/passwd', 'constructor', '__proto__', 'cam_3; id', '-i', null, 3, ['cam_3']].map((camera) => attack(`view_camera of ${shown(camera)}`, 'view_camera', { camera }, ['camera_not_found', 'bad_args', 'not_in_log'])),
  ...['url', 'args', 'ffmpeg', 'headers', 'kind'].map((field) => attack(`view_camera with its own ${field}`, 'view_camera', { camera: 'cam_3', [field]: 'http://127.0.0.1:1/' }, ['bad_args', 'not_in_log'])),
  ...Object.entries(PATCHES).map(([what, args]) => attack(`apply_patch of a patch ${what}`, 'apply_patch', args as Record<string, unknown>, PATCH_CODES)),
];
