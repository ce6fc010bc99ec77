/** The client as somebody else gets it: installed beside nothing of ours but what it declares. */
import { atTheEndOfTheFile } from '@argus/testkit/end-of-file.ts';
import { build } from 'esbuild';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { beforeAll, expect, test } from 'vitest';
import { buildClient } from './build-client.ts';
import { ROOT } from './stages.ts';

let home: string;
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'argus-client-'));
  atTheEndOfTheFile(() => rmSync(home, { recursive: true, force: true }));
  await buildClient(join(home, 'node_modules/@argus/client'));
  mkdirSync(join(home, 'node_modules'), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules/zod'), join(home, 'node_modules/zod'));
  writeFileSync(join(home, 'package.json'), '{"type":"module"}');
}, 60_000);

const USE = `
import { createClient, ERRORS, parseId } from '@argus/client';
const tenant = parseId('tenant', 'UTD_7ELEVEN_001');
if (!tenant) throw new Error('no id');
const client = createClient({ baseUrl: 'https://ops.example', fetch: async () => new Response('{"agents":[],"total":0}'), userAgent: 'x/1' });
const agents = await client.listAgents(tenant);
`;

test('it says who it is and what it needs, and needs nothing of ours', () => {
  const manifest = JSON.parse(readFileSync(join(home, 'node_modules/@argus/client/package.json'), 'utf8')) as Record<string, unknown>;
  expect(manifest).toMatchObject({ name: '@argus/client', license: 'Apache-2.0', type: 'module', sideEffects: false, dependencies: { zod: expect.stringMatching(/^\d/) as unknown } });
  expect(manifest).not.toHaveProperty('private');
  expect(JSON.stringify(manifest)).not.toContain('@argus/protocol');
});

test('a plain program of Node.js runs with it', () => {
  writeFileSync(join(home, 'use.mjs'), `${USE}console.log(JSON.stringify([agents, ERRORS.tenant_not_armed.status]));`);
  expect(execFileSync(process.execPath, [join(home, 'use.mjs')], { encoding: 'utf8' })).toBe('[{"ok":true,"value":{"agents":[],"total":0}},403]\n');
});

test('a browser runs it: nothing of Node.js is in it', async () => {
  const built = await build({ stdin: { contents: `${USE.replace('const agents = await client.listAgents(tenant);', '')}export const asked = client.listAgents(tenant);`, resolveDir: home }, bundle: true, platform: 'browser', format: 'iife', globalName: 'page', write: false, logLevel: 'silent' });
  const page = createContext({ URL, Response, AbortSignal, TextEncoder, TextDecoder, performance, queueMicrotask });
  runInContext(built.outputFiles[0]?.text ?? '', page);
  expect(JSON.parse(JSON.stringify(await runInContext('page.asked', page)))).toEqual({ ok: true, value: { agents: [], total: 0 } });
});

/** A type that was lost on the way would be `any`, and take what is refused here. */
test('its types are whole, and strict: what fits compiles, and what does not is refused', () => {
  writeFileSync(join(home, 'tsconfig.json'), JSON.stringify({ compilerOptions: { strict: true, noEmit: true, skipLibCheck: true, module: 'nodenext', target: 'es2022', lib: ['es2024', 'dom'], types: [] }, files: ['use.ts'] }));
  const more = `
if (agents.ok) { const state: 'code_issued' | 'offline' | 'online' | 'revoked' | undefined = agents.value.agents[0]?.state; console.log(state); }
// @ts-expect-error a state is a word
if (agents.ok) { const state: number | undefined = agents.value.agents[0]?.state; console.log(state); }
// @ts-expect-error the id of a tenant is not the id of an agent
await client.showAgent(tenant);
// @ts-expect-error a gate has one of three states
const explained = await client.explain({ agent: 'x', tenant_id: tenant, reason: 'why', nonce: 'n', timestamp: 't' }); if (explained.ok) console.log(explained.value.gates[0]?.state === 'open');
// @ts-expect-error an entry of the log is a text
const entries = await client.logEntries(tenant); if (entries.ok) { const leaf: number | undefined = entries.value.entries[0]?.leaf; console.log(leaf); }
`;
  writeFileSync(join(home, 'use.ts'), `${USE}${more}`);
  expect(spawnSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', home], { encoding: 'utf8' }).stdout).toBe('');
});
