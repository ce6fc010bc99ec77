import { fromBase64, toBase64 } from '@argus/kit/bytes.ts';
import { settle } from '@argus/kit/clock.ts';
import { signingKeyOf, verifyEd25519 } from '@argus/keys/ed25519.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { checkpointBody } from '@argus/ledger/checkpoint.ts';
import { openCosignature } from '@argus/ledger/cosignature.ts';
import { keyId, NOTE_ED25519, parseNote, signedNote } from '@argus/ledger/note.ts';
import { cosignerOf, originOf } from '@argus/protocol/origin.ts';
import { expect, test } from 'vitest';
import { readyWorld } from './ready-world.ts';
import { AGENT, TENANT } from './world.ts';

type Ready = Awaited<ReturnType<typeof readyWorld>>;
type Cosignature = { readonly agent_id: string; readonly size: number; readonly line: string };

const FIRST_MS = 15_000;
const PERIOD_MS = 21 * 60_000;
async function begun(): Promise<Ready> {
  const ready = await readyWorld();
  await ready.world.begin();
  return ready;
}
const get = async ({ world, admin }: Ready, path: string) => (await world.call(`/v1/tenants/${TENANT}/log/${path}`, { method: 'GET', pat: admin })).body;
const cosignatures = async (ready: Ready, query = '') => (await get(ready, `cosignatures${query}`))['cosignatures'] as readonly Cosignature[];
const alertsOf = async ({ world, admin }: Ready) => ((await world.call('/v1/alerts', { method: 'GET', pat: admin })).body['alerts'] as readonly { kind: string }[]).map(({ kind }) => kind);
/** Signed with the log key of this world: what only the server, or whoever stole its key, can make. */
function signed({ machine }: Ready, size: number, root: Uint8Array): string {
  const key = signingKeyOf(new Uint8Array(32).fill(9));
  const name = originOf(machine.trust.instance, TENANT);
  const body = checkpointBody({ origin: name, size, root });
  return signedNote(body, [{ name, id: keyId(sha256, name, NOTE_ED25519, key.publicKey), signature: key.sign(body) }]);
}

test('a dormant machine follows the log by itself; what it cosigns is stored, given out, and checks against its own key', async () => {
  const ready = await begun();
  const { world, machine } = ready;
  await world.clock.advance(FIRST_MS);
  const { size, checkpoint, cosignatures: beside } = (await get(ready, 'checkpoint?cosignatures=true')) as { size: number; checkpoint: string; cosignatures: readonly Cosignature[] };
  expect(machine.followed().size).toBe(size);
  expect(beside).toMatchObject([{ agent_id: AGENT, size }]);
  expect(await cosignatures(ready)).toEqual(beside);
  expect(await cosignatures(ready, `?size=${size}`)).toEqual(beside);
  expect(await cosignatures(ready, `?size=${size - 1}`)).toEqual([]);
  expect(await get(ready, 'checkpoint')).not.toHaveProperty('cosignatures');

  const body = parseNote(checkpoint)?.text ?? '';
  const publicKey = fromBase64(machine.trust.agent_public_key) ?? new Uint8Array();
  expect(openCosignature({ sha256, verify: verifyEd25519, body, line: beside[0]?.line ?? '', name: cosignerOf(machine.trust), publicKey })).not.toBeNull();
  expect(parseNote(`${checkpoint}${beside[0]?.line ?? ''}`)?.signatures).toHaveLength(2);
  const metrics = await world.api.http.inject({ url: '/metrics', remoteAddress: '127.0.0.1' });
  expect(metrics.body).toContain('argus_log_witnesses{state="current"} 1');
  expect(metrics.body).toContain('argus_log_cosignatures_total{result="taken"} 1');
  expect(machine.isShown()).toBe(false);
});

test('what is done on the machine after that is proved from where it followed to, and the next cosignature covers it', async () => {
  const ready = await begun();
  const { world, admin, machine } = ready;
  await world.clock.advance(FIRST_MS);
  const { status, body } = await world.activate(admin);
  expect(status).toBe(201);
  expect(await world.command(admin, String(body['session_token']), { command: 'ping' })).toMatchObject({ status: 200 });
  await world.call(`/support/sessions/${String(body['session_id'])}/deactivate`, { pat: admin, body: {} });
  await world.clock.advance(PERIOD_MS);
  const { size } = (await get(ready, 'checkpoint')) as { size: number };
  expect(machine.followed().size).toBe(size);
  expect((await cosignatures(ready)).map((one) => one.size)).toEqual([size]);
});

test('a line that breaks and comes back brings nothing new, as long as the log has not grown', async () => {
  const ready = await begun();
  const { world, machine } = ready;
  await world.clock.advance(FIRST_MS);
  world.hops.length = 0;
  await machine.cut();
  machine.mend();
  await world.clock.advance(2 * PERIOD_MS);
  expect(world.api.lines.count()).toBe(1);
  expect(world.hops.filter((hop) => hop.includes('"consistency"'))).toEqual([]);
});

/** Guarantee: a server that shows a machine another history is found out though nobody asks anything of the machine. */
test('a machine that was shown another history of the same length goes to sleep for good, and people hear of it', async () => {
  const ready = await begun();
  const { world, admin, machine } = ready;
  const { size } = machine.followed();
  const root = new Uint8Array(32).fill(5);
  machine.forget({ ...machine.followed(), root: toBase64(root), checkpoint: signed(ready, size, root) }); // what a second server had it follow
  await world.clock.advance(FIRST_MS);
  await settle();
  expect(machine.followed()).toMatchObject({ size, checkpoint: signed(ready, size, root), fork: expect.stringContaining('argus/') });
  expect(await alertsOf(ready)).toContain('log_forked');
  expect(await cosignatures(ready)).toEqual([]);
  expect(await world.activate(admin)).toMatchObject({ body: { code: 'not_in_log' } });
});

test('a server restored from a backup: the machine acts on nothing, people hear of it, and once its owner accepts, it goes on', async () => {
  const ready = await begun();
  const { world, admin, machine } = ready;
  const root = new Uint8Array(32).fill(5);
  await machine.cut();
  machine.forget({ ...machine.followed(), size: 40, root: toBase64(root), checkpoint: signed(ready, 40, root) }); // before the disk broke
  machine.mend();
  await world.clock.advance(FIRST_MS + 60_000);
  expect(machine.followed()).toMatchObject({ size: 40, fork: null, shorter: expect.stringContaining('argus/') });
  expect(await alertsOf(ready)).toEqual(['log_shorter']);
  expect(await world.activate(admin)).toMatchObject({ body: { code: 'not_in_log' } });

  await world.clock.advance(60_000); // the line was dropped, and is up again
  expect(await machine.agent.acceptLog()).toMatchObject({ why: 'shorter', instead: { size: 40 } });
  await settle();
  expect((await world.activate(admin)).status).toBe(201);
});
