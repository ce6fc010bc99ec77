import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mustId } from '@argus/protocol/ids.ts';
import { atTheEndOfTheFile } from '@argus/testkit/end-of-file.ts';
import { expect, test } from 'vitest';
import type { Listening } from '../browser.ts';
import { codeIn } from '../handoff.ts';
import { openerOf, systemBrowser } from './browser.ts';

const CODE = mustId('handoffCode', `hnd_${'c'.repeat(43)}`);
const STATE = 's'.repeat(43);

async function listening(): Promise<Listening> {
  const made = await systemBrowser({}, 'linux').listen((visit, port) => codeIn(visit, { port, state: STATE }));
  if (typeof made === 'string') return expect.unreachable(made);
  atTheEndOfTheFile(async () => made.close());
  return made;
}
/** As it goes over the wire: fetch would set the host itself. */
const send = (port: number, text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.end(text));
    let heard = '';
    socket.setEncoding('utf8').on('data', (more) => (heard += String(more))).on('close', () => resolve(heard)).on('error', reject);
  });
const asked = (port: number, { method = 'GET', target = `/?code=${CODE}&state=${STATE}`, host = `127.0.0.1:${port}` } = {}) => send(port, `${method} ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);

test('whoever knocks with anything else is turned away, and then the right visit still counts', async () => {
  const { port, came } = await listening();
  const statuses: string[] = [];
  for (const over of [{ target: `/?code=${CODE}&state=wrong` }, { host: `localhost:${port}` }, { host: 'evil.example' }, { method: 'POST' }, { target: '/' }, { target: '/favicon.ico' }]) statuses.push((await asked(port, over)).slice(9, 12));
  statuses.push((await send(port, 'not http at all\r\n\r\n')).slice(9, 12));
  expect(statuses).toEqual(['403', '421', '421', '405', '404', '404', '400']);
  expect(await asked(port)).toMatch(/^HTTP\/1\.1 200 /);
  expect(await came).toBe(CODE);
});

test('what the browser is shown runs nothing, is kept nowhere, and repeats nothing of the address', async () => {
  const { port } = await listening();
  for (const target of [`/?code=${CODE}&state=${STATE}`, `/?code=%3Cscript%3E&state=${STATE}`]) {
    const heard = await asked(port, { target });
    for (const header of ["content-security-policy: default-src 'none'; style-src 'sha256-", 'cache-control: no-store', 'referrer-policy: no-referrer', 'x-content-type-options: nosniff', 'connection: close']) expect(heard).toContain(header);
    for (const part of [CODE, STATE, 'script', '%3C']) expect(heard).not.toContain(part);
  }
});

test('it listens to this machine alone, and to nobody when it is done', async () => {
  const { port, close } = await listening();
  await expect(fetch(`http://[::1]:${port}/`)).rejects.toThrow('fetch failed');
  close();
  await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow('fetch failed');
});

test('the program that opens addresses is the one of the system, or the one BROWSER names, and is given the address whole', async () => {
  expect([openerOf({}, 'linux'), openerOf({}, 'darwin'), openerOf({}, 'win32'), openerOf({ BROWSER: '/opt/b' }, 'linux'), openerOf({ BROWSER: '' }, 'linux')]).toEqual([['xdg-open'], ['open'], ['rundll32', 'url.dll,FileProtocolHandler'], ['/opt/b'], ['xdg-open']]);
  const folder = mkdtempSync(join(tmpdir(), 'argusctl-browser-'));
  atTheEndOfTheFile(async () => rmSync(folder, { recursive: true }));
  const program = join(folder, 'my browser');
  writeFileSync(program, `#!/bin/sh\nprintf '%s|' "$@" > '${folder}/part' && mv '${folder}/part' '${folder}/seen'\n`, { mode: 0o700 });
  const address = "https://ops.example/#/handoff?a=1&b=$(touch x)'";
  systemBrowser({ BROWSER: program }, 'linux').open(address);
  await expect.poll(() => { try { return readFileSync(join(folder, 'seen'), 'utf8'); } catch { return null; } }, { timeout: 10_000 }).toBe(`${address}|`);
});

test('a browser that is not there is no failure', () => {
  expect(() => systemBrowser({ BROWSER: '/nowhere/at/all' }, 'linux').open('https://ops.example')).not.toThrow();
});
