/** The room of a session in a real browser: what its operator does there, what others see, and how it ends. */
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { fromBase32, hotp, stepAt } from '@argus/ops-api/people/totp.ts';
import { enrollMachine, type Machine } from './agent.ts';
import { launchBrowser, type Look, type Watched } from './browser.ts';
import { newDemoDir, type DemoFile } from './demo.ts';
import { ask } from './http.ts';
import { activation } from './ready.ts';
import { runToEnd } from './processes.ts';
import { until } from './until.ts';

const OWNER = { name: 'Ada Owner', email: 'ada@argus.example', password: 'four words and a comma' };
const READER = { name: 'Kim of the tenant', email: 'kim@tenant.example', password: 'a password of the tenant' };
const TENANT = 'UTD_7ELEVEN_001';
const AGENT = 'agent_room_01';
const CAMERAS = [{ id: 'cam_1', name: 'Entrance door', kind: 'test_pattern' }];
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const ANSWERED_401 = /status of 401/;

let demo: DemoFile;
let machine: Machine;
let patchFile: string;
let keysFile: string;
let open: (look?: Look) => Promise<Watched>;
let secret = '';
let used = 0;

const argus = (script: string, ...args: string[]) => runToEnd(script, args);
const AS_ROOT = process.getuid?.() === 0 ? ['--allow-root'] : [];

beforeAll(async () => {
  const dir = await newDemoDir();
  await dir.start();
  demo = dir.file();
  const at = (name: string) => join(dir.dataDir, 'room', name);
  mkdirSync(at('.'), { recursive: true });
  [keysFile, patchFile] = [at('keys.json'), at('patch.json')];
  writeFileSync(at('pass'), 'correct horse battery\n', { mode: 0o600 });
  writeFileSync(at('new.yaml'), 'streams: 6\n');
  const SIGN = 'apps/argus-sign/src/main.ts';
  await argus(SIGN, 'keygen', '--out', at('a.key'), '--key-id', 'a', '--passphrase-file', at('pass'));
  writeFileSync(keysFile, (await argus(SIGN, 'public', at('a.key'))).stdout());
  const signed = await argus(SIGN, 'sign', '--key', at('a.key'), '--agent', AGENT, '--file', `config.yaml=${at('new.yaml')}`, '--note', 'six streams', '--id', 'patch_six_streams', '--not-after', '2100-01-01T00:00:00Z', '--passphrase-file', at('pass'), '--out', patchFile);
  expect(signed.end).toBe('exit 0');
  const { body } = await ask(demo.url, `/v1/tenants/${TENANT}/agents`, { pat: demo.pat, body: { agent_id: AGENT } });
  machine = await enrollMachine({ id: AGENT, folder: at('machines'), server: demo.url, code: String(body['enrollment_code']), cameras: CAMERAS, patchKeys: keysFile });
  writeFileSync(join(machine.installRoot, 'argus.log'), Array.from({ length: 300 }, (_, n) => `2026-03-01T10:00:00Z ${n % 50 === 0 ? 'ERROR decoder stalled' : 'INFO frame'} ${n}\n`).join(''));
  writeFileSync(join(machine.installRoot, 'config.yaml'), 'streams: 4\nupload:\n  token: hunter2\n  note: "\u202Egnp.exe"\n');
  machine.run();
  await until(async () => (await ask(demo.url, `/v1/agents/${AGENT}`, { pat: demo.pat })).body['state'] === 'online', 20_000);
  ({ open } = await launchBrowser());
}, 120_000);
