/** What each gate looks at, for people, and what it saw: a sentence that is read alone. `found` is asked of gates that were looked at, and of nothing else. */
import { isoTime } from '@argus/kit/clock.ts';
import type { ActivationFacts } from '../gates/activation.ts';
import type { CommandFacts } from '../gates/command.ts';
import type { FactorFacts } from '../gates/factors.ts';
import { FRESH_MS } from '../gates/request.ts';
import { isInTheWay } from '../sessions/session.ts';
import { receiptOn } from '../tenants/receipt.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { LadderWords } from './explained.ts';

const factors: LadderWords<Omit<FactorFacts, 'opsTokenMatches'>> = {
  network: {
    looksAt: 'Where the request comes from: an operator network, or an assertion that stands in for one.',
    found: (f) => [f.fromOperatorNetwork ? 'your address is in an operator network' : 'an assertion stands in for the network'],
  },
  credential: {
    looksAt: 'The personal access token: valid, and with the scope remote_support.',
    found: async (f) => [`the credential belongs to ${(await f.principal())?.operator ?? 'nobody'}`],
  },
  identity: {
    looksAt: 'From outside the operator networks: whether the assertion and the token are of the same person.',
    found: (f) => [f.fromOperatorNetwork ? 'you do not come from outside' : 'assertion and token are of the same person'],
  },
  enabled: {
    looksAt: 'Whether remote support is switched on at this server (REMOTE_SUPPORT_ENABLED).',
    found: (f) => [f.enabled ? 'remote support is on at this server' : 'remote support is off at this server'],
  },
};

/** The second is said where the refusal itself says nothing of what it saw. */
const either = (yes: string, missed: string) => ({ found: (_: unknown, isPassed: boolean) => (isPassed ? [yes] : []), missed });

const consent = 'The consent on record, read anew: signed, in its time, and said by the log too.';
const armed = 'Whether somebody has armed the tenant, and that is not over.';
const armedFound = (tenant: Tenant | null | undefined): readonly string[] =>
  tenant?.armed ? [`the tenant is armed until ${isoTime(tenant.armed.until)}`] : ['the tenant is not armed'];

export const ACTIVATION_WORDS: LadderWords<ActivationFacts> = {
  ...factors,
  ops_token: { looksAt: 'The ops token in the header X-Argus-Ops-Token.', ...either('the ops token is right', 'the ops token is missing or wrong') },
  request: {
    looksAt: 'Whether the body is one: tenant, reason, minutes, nonce and time.',
    found: (f) => {
      const asked = f.request();
      return asked.ok ? [`the request fits, and asks for ${asked.value.minutes} minutes`] : [];
    },
  },
  fresh: {
    looksAt: `Whether the time in the request is within ${FRESH_MS / 1_000} s of the server's clock.`,
    found: (f) => {
      const asked = f.request();
      return asked.ok ? [`${Math.round(Math.abs(f.now - Date.parse(asked.value.timestamp)) / 1_000)} s lie between your clock and the server's`] : [];
    },
  },
  step_up: {
    looksAt: 'Whether a person who is signed in has confirmed it within five minutes, or does so with the request. A token is not asked.',
    found: async (f, isPassed) => ((await f.principal())?.login ? [isPassed ? 'your sign-in is confirmed' : 'your sign-in is not confirmed'] : ['a token came, and a token is not asked to confirm']),
  },
  agent: { looksAt: 'Whether there is such an agent: of this tenant, not revoked, and among those your token may see.', ...either('there is such an agent', 'there is none of this id, of this tenant, that you may see') },
  consent: { looksAt: `${consent} And whether it covers this agent at this hour.`, ...either('the consent stands and covers this agent', 'no consent stands that covers this agent now') },
  operator_proof: {
    looksAt: 'Whether the consent names the keys of operators, and then the proof that came with the request.',
    found: async (f) => {
      const signed = (await f.tenant())?.consent;
      return [signed && receiptOn(signed)?.receipt.operator_keys ? 'the consent names keys of operators' : 'the consent names no keys of operators'];
    },
  },
  armed: { looksAt: armed, found: async (f) => armedFound(await f.tenant()) },
  online: {
    looksAt: 'Whether the agent is connected to this server.',
    found: async (f, isOnline) => {
      const agent = await f.agent();
      if (isOnline || !agent) return isOnline ? ['the agent is connected'] : [];
      if (agent.keys === null) return ['an enrollment code was made, and no machine has used it'];
      return [agent.lastSeenAt === null ? 'the agent has never connected' : `the agent was last seen at ${isoTime(agent.lastSeenAt)}`];
    },
  },
  free: {
    looksAt: 'Whether the agent has no other session that is open.',
    found: async (f) => {
      const open = await f.openSession();
      return open && isInTheWay(open, f.now) ? [`session ${open.id} of ${open.operator} is open until ${isoTime(open.expiresAt)}`] : ['the agent has no other session'];
    },
  },
  nonce: {
    looksAt: 'Whether the nonce was used before. It is only looked at here, so the same request may still be sent.',
    found: (_, isNew) => [isNew ? 'the nonce is new' : 'the nonce was used before'],
  },
};

export const COMMAND_WORDS: LadderWords<CommandFacts> = {
  ...factors,
  session: {
    looksAt: 'The session token in the header X-Argus-Session: a session that is open, of a tenant your token may see.',
    missed: 'no session that you may see is open under this token',
    found: async (f, isOpen) => {
      const session = isOpen ? (await f.session())?.session : undefined;
      return session ? [`the session is open until ${isoTime(session.expiresAt)}`] : [];
    },
  },
  operator: { looksAt: 'Whether the session was opened by you, with this very token.', ...either('you opened the session, with this very token', 'you did not open the session with this very token') },
  request: { looksAt: 'Whether the body is one: command and arguments.', ...either('the request fits', 'the request does not fit') },
  bound: { looksAt: 'Whether the session is for this tenant, and for this agent where one is named.', ...either('the session is for this tenant and agent', 'the session is for another tenant or agent') },
  consent: { looksAt: consent, ...either('the consent stands', 'no consent stands') },
  armed: { looksAt: armed, found: async (f) => armedFound((await f.session())?.tenant) },
  known: { looksAt: 'Whether agents have such a command.', ...either('agents have this command', 'agents have no such command') },
  covered: { looksAt: 'Whether the consent covers this command, its camera, this agent and this hour.', ...either('the consent covers this command', 'the consent does not cover this command') },
  args: { looksAt: 'Whether the arguments fit the command, and name nothing it may not touch.', ...either('the arguments fit', 'the arguments do not fit, or name what the command may not touch') },
};
