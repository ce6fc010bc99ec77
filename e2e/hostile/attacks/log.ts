/** Acts that are sealed and signed well, and are not in the owner's log as they would have to be. */
import { isoTime } from '@argus/kit/clock.ts';
import { sha256Hex } from '@argus/keys/hash.ts';
import { mustId } from '@argus/protocol/ids.ts';
import { leafText, type Leaf } from '@argus/protocol/leaf.ts';
import { entry, keyOf, signCheckpoint, type Signer } from '../../../apps/agent/testing/signed-log.ts';
import type { Attack } from '../attack.ts';
import { newRequest, newSession, type Fight } from '../fight.ts';

const OTHERS = { agent: mustId('agent', 'agent_somebody_else'), tenant: mustId('tenant', 'SOMEBODY_ELSE'), instance: mustId('instance', `ins_${'z'.repeat(20)}`) };
const ago = (ms: number): string => isoTime(Date.now() - ms);

/** Entries of activations: what is wrong with them, and how that is answered. */
const WRONG_ACTIVATIONS: Readonly<Record<string, readonly [over: () => Partial<Leaf>, code: string]>> = {
  'of another agent': [() => ({ agent: OTHERS.agent }), 'not_in_log'],
  'of another tenant': [() => ({ tenant: OTHERS.tenant }), 'not_in_log'],
  'of no tenant': [() => ({ tenant: undefined }), 'not_in_log'],
  'of another installation': [() => ({ instance: OTHERS.instance }), 'not_in_log'],
  'of another place in the log': [() => ({ seq: 0 }), 'not_in_log'],
  'of another type': [() => ({ type: 'remote_support_command', command: 'ping' }), 'not_in_log'],
  'that is an outcome': [() => ({ phase: 'outcome' }), 'not_in_log'],
  'that is a fact': [() => ({ phase: 'fact' }), 'not_in_log'],
  'of nobody': [() => ({ operator: undefined }), 'not_in_log'],
  'of an operator who cannot be read': [() => ({ operator: '\u200b\u2800' }), 'not_in_log'],
  'without a reason': [() => ({ reason: undefined }), 'not_in_log'],
  'with a reason that shows nothing': [() => ({ reason: ' \u202e ' }), 'not_in_log'],
  'from two minutes ago': [() => ({ at: ago(120_000) }), 'stale_request'],
  'from tomorrow': [() => ({ at: ago(-86_400_000) }), 'stale_request'],
  'for 0 minutes': [() => ({ args_commit: { minutes: 0 } }), 'session_expired'],
  'for 121 minutes': [() => ({ args_commit: { minutes: 121 } }), 'session_expired'],
  'for 1e300 minutes': [() => ({ args_commit: { minutes: 1e300 } }), 'session_expired'],
  'for -5 minutes': [() => ({ args_commit: { minutes: -5 } }), 'session_expired'],
  'for half a minute': [() => ({ args_commit: { minutes: 0.5 } }), 'session_expired'],
  'for "30" minutes': [() => ({ args_commit: { minutes: '30' } }), 'session_expired'],
  'for true minutes': [() => ({ args_commit: { minutes: true } }), 'session_expired'],
  'for no time that is said': [() => ({ args_commit: {} }), 'session_expired'],
  'with a scope of another agent': [() => scoped('{"agents":["agent_somebody_else"]}'), 'tenant_consent_required'],
  'with a scope of no agent': [() => scoped('{"agents":[]}'), 'tenant_consent_required'],
  'with a scope that has a field nobody knows': [() => scoped('{"commands":["ping"],"unless":"sunday"}'), 'tenant_consent_required'],
  'with a scope that is not canonical': [() => scoped('{ "agents":["agent_macpro_lobby_01"]}'), 'tenant_consent_required'],
  'with a scope that is a number': [() => ({ args_commit: { minutes: 5, scope: 1 } }), 'tenant_consent_required'],
  'with a scope that has a prototype': [() => scoped('{"__proto__":{"commands":["ping"]}}'), 'tenant_consent_required'],
  'with the digest of a scope, and no scope': [() => ({ args_commit: { minutes: 5, scope: { sha256: sha256Hex('{"commands":["ping"]}') } } }), 'tenant_consent_required'],
};
const scoped = (scope: string): Partial<Leaf> => ({ args_commit: { minutes: 5, scope } });

/** Entries of commands in a session that is live. */
const WRONG_COMMANDS: Readonly<Record<string, readonly [over: () => Partial<Leaf>, code: string]>> = {
  'of another agent': [() => ({ agent: OTHERS.agent }), 'not_in_log'],
  'of another tenant': [() => ({ tenant: OTHERS.tenant }), 'not_in_log'],
  'of another installation': [() => ({ instance: OTHERS.instance }), 'not_in_log'],
  'of another type': [() => ({ type: 'remote_support_activation', args_commit: { minutes: 5 } }), 'not_in_log'],
  'that is an outcome': [() => ({ phase: 'outcome' }), 'not_in_log'],
  'that is a fact': [() => ({ phase: 'fact' }), 'not_in_log'],
  'of another operator': [() => ({ operator: 'eve@argus.example' }), 'not_in_log'],
  'of nobody': [() => ({ operator: undefined }), 'not_in_log'],
  'without a command': [() => ({ command: undefined }), 'command_not_allowlisted'],
  'with other arguments': [() => ({ args_commit: { path: 'config.yaml' } }), 'not_in_log'],
  'of another place in the log': [() => ({ seq: 1 }), 'not_in_log'],
};

/** Both kinds of acts with a frame whose proof is wrong. `from` and `size` are those of the honest one. */
type Proof = { leaf: string; index: number; inclusion: string[]; checkpoint: string; consistency: { from: number; proof: string[] } };
const WRONG_PROOFS: Readonly<Record<string, (proof: Proof, fight: Fight) => object>> = {
  'without a proof': () => ({ inclusion: [] }),
  'with a proof that is too long': ({ inclusion }) => ({ inclusion: [...inclusion, inclusion[0] ?? ''] }),
  'with a proof of zeros': ({ inclusion }) => ({ inclusion: inclusion.map(() => `${'A'.repeat(43)}=`) }),
  'with the place of its neighbour': ({ index }) => ({ index: index - 1 }),
  'with a place beyond the log': () => ({ index: 2 ** 53 - 1 }),
  'whose entry was never in the log': (_, { log }) => ({ leaf: leafText(entry(log.size(), { reason: 'never' })), index: log.size(), inclusion: [] }),
  'whose entry was changed by a word': ({ leaf }) => ({ leaf: leaf.replace('investigate', 'fix') }),
  'whose entry has a space more': ({ leaf }) => ({ leaf: leaf.replace('{', '{ ') }),
  'whose entry has two of a key': ({ leaf }) => ({ leaf: leaf.replace('{', '{"agent":"agent_somebody_else",') }),
  'of a log of another key': (_, { log }) => ({ checkpoint: log.checkpoint(log.size(), { key: keyOf(77) }) }),
  'of the log of another tenant': (_, { log }) => ({ checkpoint: log.checkpoint(log.size(), { tree: OTHERS.tenant }) }),
  'of the log of the operators': (_, { log }) => ({ checkpoint: log.checkpoint(log.size(), { tree: 'operator' }) }),
  'of the log of another installation': (_, { log }) => ({ checkpoint: log.checkpoint(log.size(), { instance: OTHERS.instance }) }),
  'with a checkpoint nobody signed': ({ checkpoint }) => ({ checkpoint: checkpoint.split('\n\n')[0] ?? '' }),
  'with a checkpoint changed after it was signed': ({ checkpoint }) => ({ checkpoint: checkpoint.replace(/\n\d+\n/, '\n999999\n') }),
  'with a checkpoint signed twice, once badly': ({ checkpoint }) => ({ checkpoint: checkpoint + (checkpoint.split('\n').at(-2) ?? '').replace(/.{8}$/, 'AAAAAAA=') + '\n' }),
  'with an older checkpoint': (_, { log }) => ({ checkpoint: log.checkpoint(1), index: 0, leaf: log.leaves[0] ?? '', inclusion: [] }),
  'of a log that has shrunk to nothing': () => ({ checkpoint: signCheckpoint(0, new Uint8Array(32)), consistency: { from: 0, proof: [] } }),
  'of a log of 2^53 entries': (_, { log }) => ({ checkpoint: signed(2 ** 53 - 1, log.root(log.size())), consistency: { from: 1, proof: [] } }),
  'with a consistency that begins somewhere else': ({ consistency }) => ({ consistency: { ...consistency, from: consistency.from + 1 } }),
  'with a consistency that begins at 0': () => ({ consistency: { from: 0, proof: [] } }),
};
const signed = (size: number, root: Uint8Array, by: Signer = {}): string => signCheckpoint(size, root, by);

const words = (table: Readonly<Record<string, unknown>>): readonly string[] => Object.keys(table);

export const LOG_ATTACKS: readonly Attack[] = [
  ...words(WRONG_ACTIVATIONS).map((what): Attack => {
    const [over, code] = WRONG_ACTIVATIONS[what] ?? [() => ({}), ''];
    return { name: `an activation ${what}`, from: 'asleep', may: [code], send: (fight) => fight.line().tell(fight.activation(over())) };
  }),
  ...words(WRONG_COMMANDS).map((what): Attack => {
    const [over, code] = WRONG_COMMANDS[what] ?? [() => ({}), ''];
    return { name: `a command ${what}`, from: 'awake', may: [code], send: (fight) => fight.line().tell(fight.command('ping', {}, over())) };
  }),
  ...words(WRONG_PROOFS).flatMap((what): readonly Attack[] => {
    const spoil = WRONG_PROOFS[what] ?? (() => ({}));
    // A leaf before and after, so that there is a proof to be spoiled.
    const around = (fight: Fight, frame: () => object) => {
      fight.log.add({ reason: 'nothing' });
      const honest = frame() as Proof;
      fight.line().tell(JSON.stringify({ ...honest, ...spoil(honest, fight) }));
    };
    return [
      { name: `an activation ${what}`, from: 'asleep', may: ['not_in_log'], send: (fight) => around(fight, () => fight.activation()) },
      { name: `a command ${what}`, from: 'awake', may: ['not_in_log'], send: (fight) => around(fight, () => fight.command('agent_info')) },
    ];
  }),
  { name: 'an activation whose frame is for another tenant', from: 'asleep', may: ['session_mismatch'], send: (f) => f.line().tell(f.activation({}, { tenant: OTHERS.tenant })) },
  { name: 'an activation whose frame is for another agent', from: 'asleep', may: ['session_mismatch'], send: (f) => f.line().tell(f.activation({}, { agent: OTHERS.agent })) },
  { name: 'an activation whose frame is for another session than its entry', from: 'asleep', may: ['not_in_log'], send: (f) => f.line().tell(f.activation({}, { session: newSession() })) },
  { name: 'an activation with a scope that is not the one of the digest', from: 'asleep', may: ['tenant_consent_required'], send: (f) => f.line().tell(f.activation({ args_commit: { minutes: 5, scope: { sha256: sha256Hex('{"commands":["ping"]}') } } }, { scope: 'everything' })) },
  { name: 'a command whose frame is for another tenant', from: 'awake', may: ['session_mismatch'], send: (f) => f.line().tell(f.command('ping', {}, {}, { tenant: OTHERS.tenant })) },
  { name: 'a command whose frame is for another agent', from: 'awake', may: ['session_mismatch'], send: (f) => f.line().tell(f.command('ping', {}, {}, { agent: OTHERS.agent })) },
  { name: 'a command whose frame is for another session', from: 'awake', may: ['session_not_found'], send: (f) => f.line().tell(f.command('ping', {}, {}, { session: newSession() })) },
  { name: 'a command that is logged for another session', from: 'awake', may: ['not_in_log'], send: (f) => f.line().tell(f.command('ping', {}, { session: newSession() }, { session: f.session() })) },
  { name: 'a command with another request id than its entry', from: 'awake', may: ['not_in_log'], send: (f) => f.line().tell(f.command('ping', {}, {}, { request_id: newRequest() })) },
  { name: 'a command whose arguments are not the logged ones', from: 'awake', may: ['bad_args'], send: (f) => f.line().tell(f.command('ping', {}, {}, { args: { path: '/etc/passwd' } })) },
  {
    name: 'a command that is said a hundred times',
    from: 'awake',
    may: ['ok', 'not_in_log', 'rate_limited'],
    send: (f) => {
      const frame = f.command('agent_info');
      for (let n = 0; n < 100; n++) f.line().tell(frame);
    },
  },
  {
    name: 'a request that is logged twice',
    from: 'awake',
    may: ['ok', 'request_id_reused'],
    send: (f) => {
      const first = f.command('agent_info');
      f.line().tell(first);
      f.line().tell(f.command('agent_info', {}, { request_id: first.request_id }, { at: { from: f.log.size() } }));
    },
  },
  {
    name: 'commands in another order than the log has them',
    from: 'awake',
    may: ['ok', 'not_in_log'],
    send: (f) => {
      const from = f.place(0).consistency.from;
      const frames = Array.from({ length: 8 }, () => f.command('ping', {}, {}, { at: { from } }));
      for (const frame of frames.toReversed()) f.line().tell(frame);
    },
  },
  {
    name: 'the entry of the activation said again as a command',
    from: 'awake',
    may: ['not_in_log'],
    send: (f) => f.line().tell(JSON.stringify({ ...f.activation({ session: f.session() }), type: 'command', request_id: newRequest(), args: {} })),
  },
];
