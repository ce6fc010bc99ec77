import { Leaf, leafText, parseLeaf } from '@argus/protocol/leaf.ts';
import { expect, test } from 'vitest';
import { AGENT, INSTANCE, TENANT } from '../../test/sample.ts';
import { createLeafWriter } from './leaf-writer.ts';

const leaf = Leaf.parse({
  v: 1, instance: INSTANCE, tenant: TENANT, seq: 3, at: '2026-11-21T09:00:00.000Z', type: 'remote_support_command', phase: 'outcome', agent: AGENT,
  session: `rss_${'b'.repeat(20)}`, operator: 'jo@example.org', request_id: 'req_cccccccc', command: 'ping', args_commit: { lines: 20 }, outcome: 'ok', code: 'ok',
  reason: 'the till prints nothing', by: 'agent', intent_sha256: 'ab'.repeat(32), result_sha256: 'cd'.repeat(32), agent_at: '2026-11-21T09:00:00.000Z',
  agent_signature: `${'A'.repeat(86)}==`, kept_sha256: 'ef'.repeat(32), access_identity: 'jo@example.org',
});
const BAD: Readonly<Record<keyof Leaf, unknown>> = {
  v: 2, instance: 'ins_x', tenant: 'a', seq: -1, at: '2026-11-21', type: 'remote_support_shell', phase: 'maybe', agent: 'a', session: 'rss_', operator: 'x'.repeat(321),
  request_id: 'x', command: 'x'.repeat(65), args_commit: { scope: 'x'.repeat(4_097) }, outcome: 'perhaps', code: 'x'.repeat(65), reason: 'x'.repeat(501), by: 'nobody',
  intent_sha256: 'AB', result_sha256: 'cd', agent_at: 'now', agent_signature: 'x', kept_sha256: 'ef', access_identity: 'x'.repeat(321),
};
const names = Object.keys(BAD) as (keyof Leaf)[]; // Object.keys loses the literal types

test('what it writes is what every reader takes, however often', () => {
  const write = createLeafWriter();
  for (let i = 0; i < 3; i++) expect(write({ ...leaf, seq: i })).toBe(leafText({ ...leaf, seq: i }));
  expect(parseLeaf(write(leaf))).toMatchObject({ ok: true, value: leaf });
});

test('the table above names every field of an entry', () => expect(names.toSorted()).toEqual(Object.keys(Leaf.shape).toSorted()));

/** Guarantee: what was found good says nothing of what comes after it, and what was refused stays refused. */
test.each(names)('an entry with a bad %s is not written, also after a good one, and again not after that', (name) => {
  const write = createLeafWriter();
  const bad = { ...leaf, [name]: BAD[name] } as Leaf; // on purpose
  expect(() => write(bad)).toThrow();
  write(leaf);
  expect(() => write(bad)).toThrow();
  expect(() => write(bad)).toThrow();
  expect(write(leaf)).toBe(leafText(leaf));
});

test('a field that has to be there is missed, also after an entry that had it', () => {
  const write = createLeafWriter();
  write(leaf);
  const { type: _type, ...rest } = leaf;
  expect(() => write(rest as Leaf)).toThrow(); // on purpose
});

test('arguments that were changed since they were found good are looked at again', () => {
  const write = createLeafWriter();
  const args: Record<string, string> = { scope: 'till' };
  write({ ...leaf, args_commit: args });
  args['scope'] = 'x'.repeat(4_097);
  expect(() => write({ ...leaf, args_commit: args })).toThrow();
});
