/** One real agent inside a process that holds many: enrolled over HTTP as any machine is, then on its own WebSocket. */
import { err } from '@argus/kit/result.ts';
import { deny } from '@argus/protocol/errors.ts';
import { channelUrl, webSocketDial } from '@argus/agent/adapters/websocket/dial.ts';
import { breathe } from '../apps/agent/src/adapters/process/breathe.ts';
import { localCameras } from '../apps/agent/src/adapters/cameras/cameras.ts';
import { createAgent } from '@argus/agent/agent.ts';
import { createConnection } from '@argus/agent/connection.ts';
import { enroll, type Enrollment } from '@argus/agent/enroll.ts';
import type { Followed, Witness } from '@argus/agent/ports.ts';
import { systemClock } from '@argus/kit/clock.ts';
import { newSigningKey, type SigningKey } from '@argus/keys/ed25519.ts';
import { systemRandom } from '@argus/keys/random.ts';
import { mustId } from '@argus/protocol/ids.ts';

/** No machine of the bench has a consent key. */
const NOT_PINNED = { key: null, highest: { serial: 0, sha256: '' }, revokedThrough: 0, proofs: [] };
const machine = { version: '0.1.0', platform: 'bench' };

export type Place = { readonly url: string; readonly pat: string; readonly scratch: string };
export type OneAgent = { readonly identity: SigningKey; readonly enrolled: Enrollment };

async function post(url: string, path: string, body: unknown, authorization?: string) {
  const answer = await fetch(new URL(path, url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(authorization !== undefined && { authorization }) },
    body: JSON.stringify(body),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

export async function enrollOne({ url, pat, scratch }: Place, { tenant, id }: { tenant: string; id: string }): Promise<OneAgent> {
  const made = await post(url, `/v1/tenants/${tenant}/agents`, { agent_id: id }, `Bearer ${pat}`);
  if (made.status !== 201) throw new Error(`no enrollment code for ${id}: ${made.status} ${String(made.body['code'])}`);
  const identity = newSigningKey();
  const enrolled = await enroll(
    { clock: systemClock, identity, machine, post: (path, body) => post(url, path, body) },
    { code: mustId('enrollmentCode', String(made.body['enrollment_code'])), serverUrl: url, installRoot: scratch, cameras: [] },
  );
  if (!enrolled.ok) throw new Error(enrolled.error);
  return { identity, enrolled: enrolled.value };
}

export function inMemory(first: Followed): Witness {
  let followed = first;
  return { followed: () => followed, hasActed: () => false, keepUp: (to) => void (followed = to), advance: async (to) => void (followed = to) };
}

export type Connecting = { readonly serverUrl: string; readonly witness: Witness; readonly note: (what: string) => void };

export type Connected = { stop(): void };

/** Dials, and dials again, until it is stopped. */
export function connectOne({ identity, enrolled }: OneAgent, { serverUrl, witness, note }: Connecting): Connected {
  const trust = { ...enrolled.trust, server_url: serverUrl };
  const indicator = { raise: async () => undefined, lower: async () => undefined };
  const files = { configDigest: async () => null, use: async () => err(deny('file_not_found')) };
  const cameras = localCameras({ clock: systemClock, breathe });
  const patches = { isSeen: () => false, apply: async () => err(deny('patch_not_applied')) };
  const killSwitch = { isOff: () => false };
  const activity = { intend: async () => undefined, record: () => undefined };
  const agent = createAgent({ clock: systemClock, random: systemRandom, trust, identity, witness, indicator, killSwitch, consent: { state: () => NOT_PINNED, remember: () => undefined }, activity, files, cameras, patches, machine, breathe, note });
  const dial = webSocketDial(channelUrl(serverUrl) ?? '');
  const connection = createConnection({ clock: systemClock, random: systemRandom, trust, passkey: enrolled.passkey, version: machine.version, witness, agent, dial, note });
  connection.start();
  return connection;
}
