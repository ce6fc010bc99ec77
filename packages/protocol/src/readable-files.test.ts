import { expect, test } from 'vitest';
import { COMMANDS, parseCall } from './commands/index.ts';
import { readableFile, readableLog } from './readable-files.ts';

const READABLE = ['argus.log', 'argus.log.1', 'argus.log.2.gz', 'argus.log.10', 'argus.log.999999.gz', 'config.yaml', 'version.txt', 'agent_info.json', 'crashes/x.txt', 'crashes/2026-02-27T10-11-12Z.renderer_1.txt', 'crashes/a..txt'];
test.each(READABLE)('%s may be read', (name) => expect(readableFile(name)).toBe(name));

/** Guarantee (I4): a name that is not on the list is refused as text, whatever it would mean to a file system. */
const ATTACKS: Readonly<Record<string, readonly string[]>> = {
  'steps up': ['..', '../argus.log', '../../etc/passwd', 'crashes/../argus.log', 'crashes/../../etc/passwd.txt', 'crashes/..', 'crashes/...txt', './argus.log', 'crashes/./x.txt', 'crashes//x.txt', 'argus.log/..'],
  'absolute': ['/etc/passwd', '/argus.log', '//argus.log', '/proc/self/environ', 'file:///etc/passwd', '~/argus.log'],
  'other files': ['', '.', '/', 'trust.json', 'identity.key', 'passkey', 'witness.journal', 'argus', 'argus.log.', 'argus.log.0', 'argus.log.01', 'argus.log.1.', 'argus.log.1.gz.gz', 'argus.log.gz', 'argus.log.-1', 'argus.log.1e3', 'argus.log.1.zip', 'argus.log.9999999', 'config.yml', 'config.yaml.bak', 'version.txt~', 'xargus.log', 'argusxlog', 'hotfix/a.json'],
  'other crashes': ['crashes', 'crashes/', 'crashes/x', 'crashes/.txt', 'crashes/a/b.txt', 'crashes/x.txt.exe', 'crashes/x.txt/', 'crashes/.hidden.txt', 'crashes/-rf.txt', 'crashes/x y.txt', 'crashes/*.txt', 'crash/x.txt', 'xcrashes/x.txt', `crashes/pat_${'A'.repeat(43)}.txt`],
  'another case': ['ARGUS.LOG', 'Argus.log', 'CONFIG.YAML', 'Crashes/x.txt', 'crashes/x.TXT', 'argus.log.1.GZ'],
  'hidden letters': ['argus.log\0', 'argus.log\0.txt', '\0argus.log', 'crashes/x\0.txt', 'crashes/x.txt\0', 'argus.log\n', '\nargus.log', 'crashes/x.txt\n', 'crashes/x\n.txt', 'argus.log ', ' argus.log', 'argus.log\t', '\uFEFFargus.log', 'argus\u200B.log'],
  'a slash behind': ['argus.log/', 'config.yaml/', 'argus.log/.', 'version.txt//'],
  'letters that look alike': ['аrgus.log', 'argus․log', 'argus.lоg', 'crashes∕x.txt', 'crashes／x.txt', 'crаshes/x.txt', 'crashes/ｘ.txt', 'argus.log.１', 'config.yaml\u0301', 'argus.log.٣', 'cra\u017Fhes/x.txt'],
  'Windows': ['crashes\\x.txt', '..\\argus.log', 'C:\\argus.log', 'C:argus.log', 'c:/argus.log', '\\\\host\\share\\argus.log', '\\\\?\\C:\\argus.log', 'argus.log::$DATA', 'argus.log:other', 'crashes/x:y.txt', 'crashes/CON.txt', 'crashes/nul.txt', 'crashes/Com1.txt', 'crashes/lpt9.old.txt', 'ARGUS~1.LOG', 'argus.log.1.gz ', 'crashes/x.txt.'],
  'four KiB': ['a'.repeat(4_096), `crashes/${'a'.repeat(4_096)}.txt`, `${'../'.repeat(1_365)}x`, `argus.log.${'1'.repeat(4_096)}`, `crashes/${'x/'.repeat(2_000)}x.txt`, `argus.log${'/'.repeat(4_096)}`],
  'encoded': ['%2e%2e/argus.log', 'argus%2elog', 'crashes%2fx.txt', 'crashes/%00.txt', '..%c0%af..'],
};
const names = Object.entries(ATTACKS).flatMap(([kind, some]) => some.map((name) => [kind, name] as const));

test.each(names)('%s: %j is refused, by every command that takes a file', (_kind, name) => {
  expect([readableFile(name), readableLog(name)]).toEqual([null, null]);
  const refused = COMMANDS.flatMap((c) => ('path' in c.args.shape ? [parseCall(c.name, { path: name })] : 'file' in c.args.shape ? [parseCall(c.name, { file: name })] : []));
  expect(refused.length).toBeGreaterThanOrEqual(2);
  for (const call of refused) expect(call).toEqual({ ok: false, error: { code: 'path_not_allowlisted' } });
});

test('tail_log takes the log and its copies, and no other file', () => {
  expect(READABLE.filter((name) => readableLog(name) !== null)).toEqual(READABLE.slice(0, 5));
  expect(parseCall('tail_log', { file: 'config.yaml' })).toEqual({ ok: false, error: { code: 'path_not_allowlisted' } });
});

test('tail_log asks for 200 lines of the log by itself, and for 5000 at most', () => {
  expect(parseCall('tail_log', {})).toMatchObject({ ok: true, value: { args: { lines: 200, file: 'argus.log' } } });
  expect(parseCall('tail_log', { lines: 5_000 })).toMatchObject({ ok: true });
  for (const lines of [0, 5_001, -1, 1.5, '200', null, Infinity, NaN]) expect(parseCall('tail_log', { lines })).toMatchObject({ ok: false, error: { code: 'bad_args' } });
});

test('a file that is no text is refused as arguments, not looked for', () => {
  for (const path of [null, 1, ['argus.log'], { toString: 'argus.log' }, undefined]) expect(parseCall('read_file', { path })).toMatchObject({ ok: false, error: { code: 'bad_args' } });
});
