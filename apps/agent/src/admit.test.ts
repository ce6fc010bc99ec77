import { climb, type Gate } from '@argus/kit/gate.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { sha256, sha256Hex } from '@argus/keys/hash.ts';
import { commitArgs } from '@argus/protocol/args-commit.ts';
import { contractFor, parseCall, type Call } from '@argus/protocol/commands/index.ts';
import type { Denial, ErrorCode } from '@argus/protocol/errors.ts';
import { parseDown } from '@argus/protocol/frames.ts';
import { mustId } from '@argus/protocol/ids.ts';
import type { Leaf } from '@argus/protocol/leaf.ts';
import type { Receipt } from '@argus/protocol/receipt.ts';
import { expect, test } from 'vitest';
import { CONSENT_KEY, NOT_PINNED, OPERATOR_KEY, PINNED, receiptOf, signedReceipt } from '../testing/memory-consent.ts';
import { AGENT, createLog, entry, OPERATOR, SESSION, START, TENANT, TRUST } from '../testing/signed-log.ts';
import { admitLadder, minutesOf, WAKE_FRESH_MS, wakeLadder, type AdmitFacts, type WakeFacts } from './admit.ts';
import type { HeldReceipt } from './receipt.ts';
import type { NotInLog, Place } from './witness.ts';

const REQUEST = mustId('request', 'request_1');
const otherSession = mustId('session', `rss_${'t'.repeat(20)}`);
const otherAgent = mustId('agent', 'agent_somebody_else');
const otherTenant = mustId('tenant', 'SOMEBODY_ELSE');

const nowhere = (): Result<Place, NotInLog> => err({ why: 'nowhere' });
const placed = (leaf: Leaf) => (): Result<Place, NotInLog> => ok({ leaf, leafHash: 'ab'.repeat(32), followed: createLog().followed() });
const frame = { session: SESSION, tenant: TENANT, agent: AGENT, ...createLog([' ']).place(0) };

type Day = 'sun' | 'mon';
/** START is a Sunday at noon. */
const hours = (from: string, to: string, day: Day = 'sun') => ({ time_zone: 'UTC', windows: [{ days: [day], from, to }] });
const scopeWith = (own: ReturnType<typeof hours>) => ({ hours: own });
const LONG_SCOPE = JSON.stringify({ cameras: Array.from({ length: 200 }, (_, i) => `cam_${i}`) });

type Row<F> = readonly [gate: string, how: string, code: ErrorCode, broken: Partial<F>];
async function climbed<F>(ladder: readonly Gate<F, Denial>[], facts: F) {
  const { passed, denial } = await climb(ladder, facts);
  return { passed, code: denial?.code ?? null };
}
const below = <F>(ladder: readonly Gate<F, Denial>[], gate: string) => ladder.map((g) => g.name).slice(0, ladder.findIndex((g) => g.name === gate));

// ---- waking

const wakeLeaf = (over: Partial<Leaf> = {}) => placed(entry(5, { type: 'remote_support_activation', args_commit: { minutes: 30 }, ...over }));
const goodWake: WakeFacts = {
  frame: { type: 'activate', epoch: 1, ...frame },
  trust: TRUST,
  now: START,
  isAwake: false,
  isOff: false,
  pinned: NOT_PINNED,
  place: wakeLeaf(),
};
const byReceipt = (text: string): Partial<WakeFacts> => ({
  pinned: PINNED,
  frame: { ...goodWake.frame, receipt: text },
  place: wakeLeaf({ args_commit: { minutes: 30, receipt: { sha256: sha256Hex(text) } } }),
});
const wakeRows: readonly Row<WakeFacts>[] = [
  ['switched_on', 'the owner switched remote support off', 'tenant_switched_off', { isOff: true, isAwake: true }],
  ['asleep', 'another session is live', 'session_active', { isAwake: true }],
  ['bound', 'the frame names another agent', 'session_mismatch', { frame: { ...goodWake.frame, agent: otherAgent } }],
  ['bound', 'the frame names another tenant', 'session_mismatch', { frame: { ...goodWake.frame, tenant: otherTenant } }],
  ['in_the_log', 'the entry is not in the log', 'not_in_log', { place: nowhere }],
  ['this_activation', 'the entry is of a command', 'not_in_log', { place: wakeLeaf({ type: 'remote_support_command' }) }],
  ['this_activation', 'the entry is of an end', 'not_in_log', { place: wakeLeaf({ type: 'remote_support_session_ended' }) }],
  ['this_activation', 'the entry is the outcome of one', 'not_in_log', { place: wakeLeaf({ phase: 'outcome' }) }],
  ['this_activation', 'the entry is a mere fact', 'not_in_log', { place: wakeLeaf({ phase: 'fact' }) }],
  ['this_activation', 'the entry is of another agent', 'not_in_log', { place: wakeLeaf({ agent: otherAgent }) }],
  ['this_activation', 'the entry is of no agent', 'not_in_log', { place: wakeLeaf({ agent: undefined }) }],
  ['this_activation', 'the entry is of another session', 'not_in_log', { place: wakeLeaf({ session: otherSession }) }],
  ['this_activation', 'the entry is of no session', 'not_in_log', { place: wakeLeaf({ session: undefined }) }],
  ['named', 'the entry names no operator', 'not_in_log', { place: wakeLeaf({ operator: undefined }) }],
  ['named', 'the operator has no letters', 'not_in_log', { place: wakeLeaf({ operator: '' }) }],
  ['named', 'the operator does not print', 'not_in_log', { place: wakeLeaf({ operator: ' \u200b\u202e\u0007' }) }],
  ['named', 'the entry names no reason', 'not_in_log', { place: wakeLeaf({ reason: undefined }) }],
  ['named', 'the reason is blank', 'not_in_log', { place: wakeLeaf({ reason: ' \n\u0000 ' }) }],
  ['fresh', 'it lay around too long', 'stale_request', { now: START + WAKE_FRESH_MS + 1 }],
  ['fresh', 'it is from the future', 'stale_request', { now: START - WAKE_FRESH_MS - 1 }],
  ...[undefined, 0, -1, 121, 1.5, 1e300, '30', true, { sha256: 'ab'.repeat(32) }].map(
    (minutes): Row<WakeFacts> => [
      'time_boxed',
      `its minutes are ${JSON.stringify(minutes) ?? 'absent'}`,
      'session_expired',
      { place: wakeLeaf({ args_commit: minutes === undefined ? {} : { minutes } }) },
    ],
  ),
  ['time_boxed', 'it has no arguments at all', 'session_expired', { place: wakeLeaf({ args_commit: undefined }) }],
  ...Object.entries({
    'the consent is for other hours': JSON.stringify(scopeWith(hours('13:00', '24:00'))),
    'the consent is for another day': JSON.stringify(scopeWith(hours('00:00', '24:00', 'mon'))),
    'the consent is for other agents': '{"agents":["agent_somebody_else"]}',
    'the consent names no agent at all': '{"agents":[]}',
    'the scope has a field of a later version': '{"commands":["ping"],"moons":["full"]}',
    'its hours have a field of a later version': '{"hours":{"except":["2026-12-24"],"time_zone":"UTC","windows":[{"days":["sun"],"from":"00:00","to":"24:00"}]}}',
    'its hours are of a zone this machine does not know': '{"hours":{"time_zone":"Mars/Olympus","windows":[{"days":["sun"],"from":"00:00","to":"24:00"}]}}',
    'the scope is another spelling of itself': '{ "commands":["ping"]}',
    'the scope is no JSON': 'all of it',
    'the scope is empty': '',
    'the scope is a list': '["ping"]',
    'the scope is a number': 7,
    'the scope is a mere yes': true,
  }).map(([how, scope]): Row<WakeFacts> => ['consented', how, 'tenant_consent_required', { place: wakeLeaf({ args_commit: { minutes: 30, scope } }) }]),
  ...Object.entries({
    'is over this very millisecond': new Date(START).toISOString(),
    'is over': new Date(START - 60_000).toISOString(),
    'ends at no time at all': 'tomorrow',
    'ends at a time in another spelling': '2099-01-01',
    'ends at a number': START + 60_000,
    'ends at a digest': { sha256: 'ab'.repeat(32) },
  }).map(([how, consent_expires_at]): Row<WakeFacts> => ['consented', `the consent ${how}`, 'tenant_consent_required', { place: wakeLeaf({ args_commit: { minutes: 30, consent_expires_at } }) }]),
  ...([undefined, '', '{"commands":["ping","agent_info"]}', `${LONG_SCOPE} `] as const).map(
    (scope): Row<WakeFacts> => [
      'consented',
      `the entry has the digest of a scope and the frame brings ${JSON.stringify(scope)?.slice(0, 40) ?? 'none'}`,
      'tenant_consent_required',
      { place: wakeLeaf({ args_commit: { minutes: 30, scope: { sha256: sha256Hex(LONG_SCOPE) } } }), frame: { ...goodWake.frame, ...(scope !== undefined && { scope }) } },
    ],
  ),
  // More of both in receipt.test.ts.
  ['receipt', 'a consent key is pinned and no receipt came', 'tenant_consent_required', { pinned: PINNED }],
  ['receipt', 'the receipt is over', 'tenant_consent_required', byReceipt(signedReceipt({ not_after: new Date(START).toISOString() }))],
  ['operator_proof', 'the receipt names operators and no proof came', 'operator_proof_required', byReceipt(signedReceipt({ operator_keys: [{ kind: 'ed25519', public_key: OPERATOR_KEY.publicKeyText }] }))],
];

test.each([
  ['everything', {}, undefined],
  ['a consent that ends in a millisecond', { consent_expires_at: new Date(START + 1).toISOString() }, undefined],
  ['a scope this use is in', { scope: JSON.stringify(scopeWith(hours('12:00', '12:01'))) }, undefined],
  ['commands this machine does not have', { scope: '{"commands":["ping","of_tomorrow"]}' }, undefined],
  ['the digest of a long scope, which comes with the frame', { scope: { sha256: sha256Hex(LONG_SCOPE) } }, LONG_SCOPE],
] as const)('an activation under %s passes', async (_what, commit, scope) => {
  const facts = { ...goodWake, place: wakeLeaf({ args_commit: { minutes: 30, ...commit } }), frame: { ...goodWake.frame, ...(scope !== undefined && { scope }) } };
  expect((await climbed(wakeLadder, facts)).code).toBeNull();
});

test('what the frame says of a scope counts for nothing where the entry has its own', async () => {
  const facts = { ...goodWake, place: wakeLeaf({ args_commit: { minutes: 30, scope: '{"agents":[]}' } }), frame: { ...goodWake.frame, scope: 'everything' } };
  expect((await climbed(wakeLadder, facts)).code).toBe('tenant_consent_required');
});

test('an activation that is in the log, for this agent, fresh, named and boxed passes every gate', async () => {
  expect(await climbed(wakeLadder, goodWake)).toEqual({ passed: wakeLadder.map((g) => g.name), code: null });
  for (const now of [START - WAKE_FRESH_MS, START + WAKE_FRESH_MS]) expect((await climbed(wakeLadder, { ...goodWake, now })).code).toBeNull();
});

test('every gate of waking has a row here, in the order of the ladder', () =>
  expect([...new Set(wakeRows.map(([gate]) => gate))]).toEqual(wakeLadder.map((g) => g.name)));

test.each(wakeRows)('the gate %s alone keeps the agent asleep when %s', async (gate, _, code, broken) => {
  expect(await climbed(wakeLadder, { ...goodWake, ...broken })).toEqual({ passed: below(wakeLadder, gate), code });
});

test('the log is not looked into for an activation that is not for us', async () => {
  const place = () => expect.fail('it looked');
  await climbed(wakeLadder, { ...goodWake, isAwake: true, place });
  await climbed(wakeLadder, { ...goodWake, frame: { ...goodWake.frame, agent: otherAgent }, place });
});

/** Guarantee: 120 minutes, in code, whatever the log says. */
test('a time box is a whole number of minutes from 1 to 120, and nothing else', () => {
  const minutes = (value: unknown) => minutesOf(entry(0, { args_commit: { minutes: value } as Leaf['args_commit'] }));
  for (let n = 1; n <= 120; n++) expect(minutes(n)).toBe(n);
  for (const n of [0, -1, 121, 1.5, '30', NaN, Infinity, true, null, [30], { valueOf: () => 30 }, undefined]) expect(minutes(n)).toBeNull();
  expect(minutesOf(null)).toBeNull();
});

// ---- commands

const salt = new Uint8Array(16).fill(5);
const saltText = Buffer.from(salt).toString('base64');
const pingContract = contractFor('ping') ?? expect.fail('there is no ping');
/** No command of today takes arguments; the gate has to hold for those of tomorrow. */
const withArgs = (args: Record<string, unknown>) => ok({ name: 'ping', args } as unknown as Call);
const pinned = (args: Record<string, unknown>, by = salt) => commitArgs(pingContract.args, args, { salt: by, sha256 });

const commandLeaf = (over: Partial<Leaf> = {}) => placed(entry(6, { request_id: REQUEST, command: 'ping', args_commit: {}, ...over }));
const goodCommand: AdmitFacts = {
  frame: { type: 'command', request_id: REQUEST, args: {}, ...frame },
  trust: TRUST,
  session: SESSION,
  over: () => null,
  operator: OPERATOR,
  scope: null,
  receipt: null,
  pinned: NOT_PINNED,
  now: START,
  hasActed: () => false,
  place: commandLeaf(),
  call: () => parseCall('ping', {}),
};
const held = (over: Partial<Receipt> = {}): HeldReceipt => ({ receipt: receiptOf(over), key: CONSENT_KEY.publicKeyText, sha256: 'cd'.repeat(32) });
const commandRows: readonly Row<AdmitFacts>[] = [
  ['awake', 'it is dormant', 'session_not_found', { session: null, operator: null }],
  ['session', 'the frame is of another session', 'session_not_found', { frame: { ...goodCommand.frame, session: otherSession } }],
  ['lease', 'the time box is over', 'session_expired', { over: () => 'expired' }],
  ['lease', 'the lease has lapsed', 'session_expired', { over: () => 'agent_lost' }],
  ['bound', 'the frame names another agent', 'session_mismatch', { frame: { ...goodCommand.frame, agent: otherAgent } }],
  ['bound', 'the frame names another tenant', 'session_mismatch', { frame: { ...goodCommand.frame, tenant: otherTenant } }],
  ['in_the_log', 'the entry is not in the log', 'not_in_log', { place: nowhere }],
  ['this_command', 'the entry is of an activation', 'not_in_log', { place: commandLeaf({ type: 'remote_support_activation' }) }],
  ['this_command', 'the entry is the outcome of one', 'not_in_log', { place: commandLeaf({ phase: 'outcome' }) }],
  ['this_command', 'the entry is a mere fact', 'not_in_log', { place: commandLeaf({ phase: 'fact' }) }],
  ['this_command', 'the entry is of another agent', 'not_in_log', { place: commandLeaf({ agent: otherAgent }) }],
  ['this_command', 'the entry is of no agent', 'not_in_log', { place: commandLeaf({ agent: undefined }) }],
  ['this_command', 'the entry is of another session', 'not_in_log', { place: commandLeaf({ session: otherSession }) }],
  ['this_command', 'the entry is of another request', 'not_in_log', { place: commandLeaf({ request_id: mustId('request', 'request_2') }) }],
  ['this_command', 'the entry is of no request', 'not_in_log', { place: commandLeaf({ request_id: undefined }) }],
  ['this_command', 'the entry names another operator', 'not_in_log', { place: commandLeaf({ operator: 'eve@argus.example' }) }],
  ['this_command', 'the entry names no operator', 'not_in_log', { place: commandLeaf({ operator: undefined }) }],
  ['once', 'its request was acted on before', 'request_id_reused', { hasActed: (request) => request === REQUEST }],
  ['known', 'the entry names a command there is not', 'command_not_allowlisted', { call: () => parseCall('shell', {}) }],
  ['covered', 'the consent names other commands', 'consent_scope_exceeded', { scope: { commands: ['agent_info'] } }],
  ['covered', 'the consent names no command at all', 'consent_scope_exceeded', { scope: { commands: [] } }],
  ['covered', 'the hours of the consent are over', 'consent_scope_exceeded', { scope: scopeWith(hours('08:00', '12:00')) }],
  ['covered', 'the hours of the consent have not begun', 'consent_scope_exceeded', { scope: scopeWith(hours('12:01', '24:00')) }],
  ['covered', 'the consent is for other agents', 'consent_scope_exceeded', { scope: { agents: [otherAgent] } }],
  ['receipt', 'the owner pinned a consent key since', 'tenant_consent_required', { pinned: PINNED }],
  ['receipt', 'the owner revoked the receipt since', 'tenant_consent_required', { receipt: held(), pinned: { ...PINNED, revokedThrough: 10 } }],
  ['receipt', 'a newer receipt was seen since', 'tenant_consent_required', { receipt: held(), pinned: { ...PINNED, highest: { serial: 11, sha256: '' } } }],
  ['receipt', 'the receipt names other commands', 'consent_scope_exceeded', { receipt: held({ commands: ['agent_info'] }), pinned: PINNED }],
  ['receipt', 'the receipt is over', 'consent_scope_exceeded', { receipt: held({ not_after: new Date(START).toISOString() }), pinned: PINNED }],
  ['receipt', 'the receipt is for other hours', 'consent_scope_exceeded', { receipt: held({ hours: hours('08:00', '12:00') }), pinned: PINNED }],
  ['args', 'the arguments do not fit', 'bad_args', { call: () => parseCall('ping', { host: 'evil.example' }) }],
  ['these_args', 'the entry pins arguments the frame has not', 'not_in_log', { place: commandLeaf({ args_commit: { lines: 200 } }) }],
  ['these_args', 'the frame has arguments the entry does not pin', 'not_in_log', { call: () => withArgs({ path: 'config.yaml' }) }],
  [
    'these_args',
    'an argument has another value than the pinned one',
    'not_in_log',
    {
      frame: { ...goodCommand.frame, salt: saltText },
      place: commandLeaf({ args_commit: pinned({ path: 'config.yaml' }) }),
      call: () => withArgs({ path: 'argus.log' }),
    },
  ],
  ...['', 'AAAA', 'not base64!', `${saltText.slice(0, -1)}B`, undefined].map(
    (other): Row<AdmitFacts> => [
      'these_args',
      `the salt is ${JSON.stringify(other) ?? 'absent'}`,
      'not_in_log',
      {
        frame: { ...goodCommand.frame, ...(other !== undefined && { salt: other }) },
        place: commandLeaf({ args_commit: pinned({ path: 'config.yaml' }) }),
        call: () => withArgs({ path: 'config.yaml' }),
      },
    ],
  ),
];

test('a command that is in the log, for this session, agent, operator and arguments passes every gate', async () => {
  expect(await climbed(admitLadder, goodCommand)).toEqual({ passed: admitLadder.map((g) => g.name), code: null });
});

test('arguments that are only pinned by digest pass with the salt that opens it', async () => {
  const facts = {
    ...goodCommand,
    frame: { ...goodCommand.frame, salt: saltText },
    place: commandLeaf({ args_commit: pinned({ path: 'config.yaml' }) }),
    call: () => withArgs({ path: 'config.yaml' }),
  };
  expect((await climbed(admitLadder, facts)).code).toBeNull();
});

/** Guarantee: a scope only ever narrows; what the machine can do stands in the machine. */
test('a scope that names a command the machine does not have does not give it one', async () => {
  const facts = { ...goodCommand, scope: { commands: ['shell', 'ping'] }, call: () => parseCall('shell', {}), place: commandLeaf({ command: 'shell' }) };
  expect((await climbed(admitLadder, facts)).code).toBe('command_not_allowlisted');
  expect((await climbed(admitLadder, { ...goodCommand, scope: { commands: ['shell', 'ping'] } })).code).toBeNull();
});

test('an entry of a command without arguments may leave them out', async () => {
  expect((await climbed(admitLadder, { ...goodCommand, place: commandLeaf({ args_commit: undefined }) })).code).toBeNull();
});

test('every gate of a command has a row here, in the order of the ladder', () =>
  expect([...new Set(commandRows.map(([gate]) => gate))]).toEqual(admitLadder.map((g) => g.name)));

test.each(commandRows)('the gate %s alone refuses a command when %s', async (gate, _, code, broken) => {
  expect(await climbed(admitLadder, { ...goodCommand, ...broken })).toEqual({ passed: below(admitLadder, gate), code });
});

/** Guarantee: what runs is what the owner's log names; there is no second place where a name could stand. */
test('a command frame has no room for the name of a command', () => {
  const parsed = parseDown(JSON.stringify({ ...goodCommand.frame, command: 'agent_info', name: 'agent_info' }));
  expect(parsed.ok && Object.keys(parsed.value)).not.toContain('command');
  expect(parsed.ok && Object.keys(parsed.value)).not.toContain('name');
});
