/** Agents for the bench, many in one process: the real agent over real WebSockets; the first one with its real journal on disk. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { witnessJournal } from '@argus/agent/adapters/state/witness-journal.ts';
import { channelUrl, webSocketDial } from '@argus/agent/adapters/websocket/dial.ts';
import { createAgent } from '@argus/agent/agent.ts';
import { createConnection } from '@argus/agent/connection.ts';
import { enroll, type Enrollment } from '@argus/agent/enroll.ts';
import type { Followed, Witness } from '@argus/agent/ports.ts';
import { systemClock } from '@argus/kit/clock.ts';
import { newSigningKey, type SigningKey } from '@argus/keys/ed25519.ts';
import { systemRandom } from '@argus/keys/random.ts';
import { mustId } from '@argus/protocol/ids.ts';
import { answerMeasurements } from './measured-process.ts';

const { url = '', pat = '', tenant = '', count = '0' } = JSON.parse(process.argv[2] ?? '{}') as Record<string, string>;
const machine = { version: '0.1.0', platform: 'bench' };
const scratch = mkdtempSync(join(tmpdir(), 'argus-bench-'));

async function post(path: string, body: unknown, authorization?: string) {
  const answer = await fetch(new URL(path, url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(authorization !== undefined && { authorization }) },
    body: JSON.stringify(body),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

async function enrollOne(n: number): Promise<{ identity: SigningKey; enrolled: Enrollment }> {
  const made = await post(`/v1/tenants/${tenant}/agents`, { agent_id: `agent_bench_${String(n).padStart(5, '0')}` }, `Bearer ${pat}`);
  const identity = newSigningKey();
  const enrolled = await enroll(
    { clock: systemClock, identity, machine, post: (path, body) => post(path, body) },
    { code: mustId('enrollmentCode', String(made.body['enrollment_code'])), serverUrl: url, installRoot: scratch, cameras: [] },
  );
  if (!enrolled.ok) throw new Error(enrolled.error);
  return { identity, enrolled: enrolled.value };
}

function inMemory(first: Followed): Witness {
  let followed = first;
  return { followed: () => followed, hasActed: () => false, keepUp: (to) => void (followed = to), advance: async (to) => void (followed = to) };
}

const everyone: { identity: SigningKey; enrolled: Enrollment }[] = [];
const ENROLL_AT_ONCE = 16;
/** Below what one address may have waiting at the door. */
const DIAL_AT_ONCE = 100;
let serverUrl = url; // the server under measurement is a fresh process, at another port
for (let n = 0; n < Number(count); n += ENROLL_AT_ONCE)
  everyone.push(...(await Promise.all(Array.from({ length: Math.min(ENROLL_AT_ONCE, Number(count) - n) }, (_, i) => enrollOne(n + i)))));

/** Dials a slice of them, so many at a time. Answers, when all are on, how long it took. */
function dial(from: number, to: number): Promise<number> {
  const started = performance.now();
  let next = from;
  let connected = from;
  return new Promise((resolve) => {
    const dialNext = () => {
      const n = next++;
      const one = everyone[n];
      if (n >= to || !one) return;
      const { identity, enrolled } = one;
      const { passkey, followed } = enrolled;
      const trust = { ...enrolled.trust, server_url: serverUrl };
      const witness = n === 0 ? witnessJournal(join(scratch, 'witness.journal'), followed) : inMemory(followed);
      const note = (what: string) => {
        if (what !== 'connected') return;
        if (++connected === to) resolve(performance.now() - started);
        else dialNext();
      };
      const agent = createAgent({
        clock: systemClock,
        random: systemRandom,
        trust,
        identity,
        witness,
        indicator: { raise: async () => undefined, lower: async () => undefined },
        files: { configDigest: async () => null },
        machine,
        note,
      });
      const dialer = webSocketDial(channelUrl(serverUrl) ?? '');
      createConnection({ clock: systemClock, random: systemRandom, trust, passkey, version: machine.version, witness, agent, dial: dialer, note }).start();
    };
    for (let i = 0; i < DIAL_AT_ONCE; i++) dialNext();
  });
}

process.on('message', (message) => {
  if (typeof message !== 'object' || message === null || !('dial' in message)) return;
  const { from, to, at } = message.dial as { from: number; to: number; at: string };
  serverUrl = at;
  void dial(from, to).then((ms) => process.send?.({ answer: ms }));
});
answerMeasurements({}, async () => rmSync(scratch, { recursive: true, force: true }));
setInterval(() => undefined, 60_000); // agents never hold their process
process.send?.({ ready: { first: everyone[0]?.enrolled.trust.agent } });
