import { toBase64 } from '@argus/kit/bytes.ts';
import { isoTime, manualClock } from '@argus/kit/clock.ts';
import { sha256Hex } from '@argus/keys/hash.ts';
import { newEnrollmentCode } from '@argus/keys/secrets.ts';
import { verifyValue } from '@argus/keys/signature.ts';
import { EnrollAgent } from '@argus/protocol/http/shapes.ts';
import { mustId } from '@argus/protocol/ids.ts';
import { TrustFile } from '@argus/protocol/trust.ts';
import { expect, test } from 'vitest';
import { AGENT, createLog, IDENTITY, INSTANCE, keyOf, LOG_KEY, START, TENANT, TRUST } from '../testing/signed-log.ts';
import { enroll } from './enroll.ts';

const code = newEnrollmentCode((bytes) => new Uint8Array(bytes).fill(1), LOG_KEY.publicKey);
const passkey = new Uint8Array(32).fill(6);
const log = createLog();
log.add({ type: 'agent_enrolled', phase: 'fact' });

const good = {
  instance: INSTANCE,
  tenant_id: TENANT,
  agent_id: AGENT,
  passkey: toBase64(passkey),
  log_public_key: LOG_KEY.publicKeyText,
  checkpoint: log.checkpoint(),
};
async function enrolled(body: unknown, status = 201) {
  const posts: { readonly path: string; readonly body: unknown }[] = [];
  const result = await enroll(
    {
      clock: manualClock(START),
      identity: IDENTITY,
      machine: { version: '1.4.0', platform: 'linux x64 6.1' },
      post: async (path, sent) => {
        posts.push({ path, body: sent });
        return { status, body };
      },
    },
    { code, serverUrl: 'https://ops.argus.example', installRoot: '/opt/argus', cameras: TRUST.cameras },
  );
  return { result, posts };
}
const whyNot = async (body: unknown, status?: number) => {
  const { result } = await enrolled(body, status);
  return result.ok ? 'ENROLLED' : result.error;
};

test('a machine that enrolled trusts the server address, the log key its code named, and nothing more', async () => {
  const { result } = await enrolled(good);
  expect(result).toEqual({ ok: true, value: { trust: TRUST, passkey, followed: log.followed() } });
  expect(TrustFile.safeParse(result.ok && result.value.trust).success).toBe(true);
});

test('the code is sent once, with a proof of the identity key that is for this code alone', async () => {
  const { posts } = await enrolled(good);
  expect(posts.map((p) => p.path)).toEqual(['/v1/agents/enroll']);
  const sent = EnrollAgent.parse(posts[0]?.body);
  expect(sent).toMatchObject({ code, public_key: IDENTITY.publicKeyText, at: isoTime(START) });
  const signed = { code_sha256: sha256Hex(code), public_key: IDENTITY.publicKeyText, at: isoTime(START) };
  expect(verifyValue(IDENTITY.publicKeyText, 'enroll', signed, sent.signature)).toBe(true);
  expect(JSON.stringify(posts)).not.toContain(toBase64(IDENTITY.seed));
});

/** Guarantee: the person who carried the code also carried which log to trust; no server can show another. */
test('a server that shows another log key than the code names is refused, even with a checkpoint it signed with it', async () => {
  const other = { ...good, log_public_key: keyOf(8).publicKeyText, checkpoint: log.checkpoint(1, { key: keyOf(8) }) };
  expect(await whyNot(other)).toBe('The server showed another log key than the one your code names. Do not use this server; ask whoever gave you the code.');
});

test.each([
  ['by another key', log.checkpoint(1, { key: keyOf(8) })],
  ['of another tenant', log.checkpoint(1, { tree: mustId('tenant', 'SOMEBODY_ELSE') })],
  ['of another instance', log.checkpoint(1, { instance: mustId('instance', `ins_${'b'.repeat(20)}`) })],
  ['of the operator tree', log.checkpoint(1, { tree: 'operator' })],
  ['without a signature', log.checkpoint().split('\n\n')[0] ?? ''],
  ['that is empty', ''],
])('a checkpoint %s is refused', async (_, checkpoint) => {
  expect(await whyNot({ ...good, checkpoint })).toBe('The checkpoint that came with the enrollment is not signed by the log key.');
});

test.each([null, 'enrolled', 7, [], {}, ...Object.keys(good).map((name) => ({ ...good, [name]: undefined })), ...Object.keys(good).map((name) => ({ ...good, [name]: 7 }))])(
  'an answer like %j cannot be read',
  async (body) => expect(await whyNot(body)).toBe('The answer of the server cannot be read. Is this the address of an ops API?'),
);

test.each([
  ['a passkey that is short', { passkey: toBase64(new Uint8Array(31)) }],
  ['a log key that is short', { log_public_key: toBase64(new Uint8Array(31)) }],
  ['an id that is a path', { agent_id: '../../etc/passwd' }],
])('an answer with %s cannot be read', async (_, over) => {
  expect(await whyNot({ ...good, ...over })).toBe('The answer of the server cannot be read. Is this the address of an ops API?');
});

test.each([200, 202, 301, 400, 403, 500])('an answer with the status %i is a refusal, whatever is in it', async (status) => {
  expect(await whyNot(good, status)).toBe(`The server refused the enrollment (${status}): no reason was given.`);
});

test('the words of a refusal are told, without what they could do to a terminal', async () => {
  const said = await whyNot({ title: 'The enrollment\u001b[2J was \u202erefused', hint: `Ask\u009b31m ${'x'.repeat(5_000)}` }, 403);
  expect(said).toMatch(/^The server refused the enrollment \(403\): The enrollment \[2J was  refused\. Ask 31m x+$/);
  expect(said.length).toBeLessThan(600);
});
