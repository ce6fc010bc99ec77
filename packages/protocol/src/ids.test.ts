import { expect, expectTypeOf, test } from 'vitest';
import { id, idKinds, newHandle, newRequestId, parseId, redactSecrets, type AgentId, type TenantId } from './ids.ts';

const bytes = (n: number) => new Uint8Array(n).fill(255);

test('a tenant id cannot be passed where an agent id goes', () => {
  expectTypeOf<TenantId>().not.toExtend<AgentId>();
});

test('a bearer secret and a handle never share a prefix', () => {
  const prefix = (shape: RegExp) => shape.source.slice(1).split('_')[0];
  const secret = Object.values(idKinds).filter((k) => k.secret).map((k) => prefix(k.shape));
  const open = Object.values(idKinds).filter((k) => !k.secret).map((k) => prefix(k.shape));
  expect(secret.filter((p) => open.includes(p))).toEqual([]);
});

test('the shapes of the documents', () => {
  expect(parseId('tenant', 'UTD_7ELEVEN_001')).toBe('UTD_7ELEVEN_001');
  expect(parseId('agent', 'agent_macpro_lobby_01')).toBe('agent_macpro_lobby_01');
  expect(parseId('camera', 'cam_3')).toBe('cam_3');
});

test.each(['', 'ab', 'utd_x', 'UTD|X', 'UTD X', 'UTD\n', 'A'.repeat(65), null, 7])('%j is no tenant', (raw) =>
  expect(parseId('tenant', raw)).toBeNull());

test('new handles fit their shape', () => {
  for (const kind of ['instance', 'session', 'connection', 'node', 'token', 'patch'] as const)
    expect(id(kind).safeParse(newHandle(kind, bytes)).success).toBe(true);
  expect(parseId('request', newRequestId(bytes))).not.toBeNull();
});

test('secrets are cut out of any text', () => {
  const secrets = ['pat', 'rst', 'enr'].map((p) => `${p}_${'a-_Z'.repeat(10)}abc`);
  expect(redactSecrets(secrets.join(' and '))).toBe('pat_[redacted] and rst_[redacted] and enr_[redacted]');
});
