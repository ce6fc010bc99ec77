import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { systemClock } from '@argus/kit/clock.ts';
import { problemsOf } from '@argus/protocol/commands/define.ts';
import { parseJson } from '@argus/protocol/handshake.ts';
import { parseId } from '@argus/protocol/ids.ts';
import { CameraList, type CameraConfig } from '@argus/protocol/trust.ts';
import { beginSeen } from '../adapters/state/pinned-consent.ts';
import { witnessJournal } from '../adapters/state/witness-journal.ts';
import { channelUrl } from '../adapters/websocket/dial.ts';
import { enroll } from '../enroll.ts';
import { meaningOf } from '../plainly.ts';
import { asTyped } from './as-typed.ts';
import { given, type CliCommand } from './command.ts';
import { mustConsentKey } from './key-file.ts';
import { machine } from './machine.ts';
import { patchTrustOf } from './patch-keys.ts';
import { mustReadFile, reasonOf, stop } from './stop.ts';

export const enrollCommand: CliCommand = {
  words: 'enroll',
  usage: '--server URL --code enr_… --install-root DIR [--cameras FILE] [--patch-keys FILE [--patch-threshold N]] [--consent-key FILE]',
  summary: 'bind this machine to a tenant, once (--code-file FILE: the code from a file)',
  options: {
    server: { type: 'string' },
    code: { type: 'string' },
    'code-file': { type: 'string' },
    'install-root': { type: 'string' },
    cameras: { type: 'string' },
    'patch-keys': { type: 'string' },
    'patch-threshold': { type: 'string' },
    'consent-key': { type: 'string' },
  },
  async run(state, flags) {
    if (state.trust()) stop(`This machine is enrolled already (${state.path}). A new enrollment needs a new state directory and a new agent id.`);
    const codeFile = given(flags, 'code-file');
    const typed = codeFile === undefined ? given(flags, 'code') : mustReadFile(codeFile, 'code').trim();
    if (typed === undefined) return stop('Pass the enrollment code with --code enr_… or --code-file FILE.');
    const code = parseId('enrollmentCode', typed) ?? stop('This is no enrollment code. One is enr_ with 43 letters, digits, - and _ behind it. Copy all of it; if it is lost, have a new one made.');
    const serverUrl = given(flags, 'server') ?? stop('Pass the address of the server with --server https://….');
    if (channelUrl(serverUrl) === null || !/^https?:/i.test(serverUrl))
      stop('The server has to be https://, without a user name in it; plain http:// is for this very machine only.');
    const camerasFile = given(flags, 'cameras');
    const cameras = camerasFile === undefined ? [] : camerasOf(mustReadFile(camerasFile, 'list of cameras'));
    const patch = patchTrustOf(given(flags, 'patch-keys'), given(flags, 'patch-threshold'));
    const consentFile = given(flags, 'consent-key');
    const consentKey = consentFile === undefined ? undefined : mustConsentKey(consentFile);
    const installRoot = resolve(given(flags, 'install-root') ?? stop('Pass the install root with --install-root DIR.'));
    // Before the code is spent: it works once.
    if (!statSync(installRoot, { throwIfNoEntry: false })?.isDirectory()) stop(`The install root ${installRoot} is no folder. Make it, or name the right one with --install-root DIR.`);
    const enrolled = await enroll({ clock: systemClock, identity: state.identity(), machine, post: poster(serverUrl) }, { code, serverUrl, installRoot, cameras, patch, consentKey });
    if (!enrolled.ok) return stop(enrolled.error);
    witnessJournal(state.file('witness.journal'), enrolled.value.followed).close();
    if (consentKey !== undefined) beginSeen(state);
    state.save(enrolled.value.trust, enrolled.value.passkey);
    process.stdout.write(asTyped(`Enrolled as ${enrolled.value.trust.agent} of ${enrolled.value.trust.tenant}. Start it with: argus-agent run\n`, flags));
  },
};

const poster = (serverUrl: string) => async (path: string, body: unknown) => {
  const answer = await fetch(new URL(path, serverUrl), {
    method: 'POST',
    redirect: 'error',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(15_000),
  }).catch((problem: unknown) => stop(unreached(serverUrl, reasonOf(problem))));
  return { status: answer.status, body: await answer.json().catch(() => null) };
};

/** What it means first; what the system called it is for whoever is asked for help. */
function unreached(serverUrl: string, why: string): string {
  const meaning = meaningOf(why) ?? 'The server cannot be reached. Look at the address, and at the network between here and there.';
  return `There was no enrollment at ${serverUrl}, and the code is still good. ${meaning} (${why})`;
}

function camerasOf(text: string): readonly CameraConfig[] {
  const list = parseJson(text);
  const cameras = CameraList.safeParse(list);
  return cameras.success ? cameras.data : stop(`The list of cameras does not fit: ${problemsOf(cameras.error, list).join('; ')}.`);
}
