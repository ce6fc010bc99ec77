/** What each gate looks at, for people. `found` is asked of gates that were looked at, and of nothing else. */
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
    found: async (f) => [`it belongs to ${(await f.principal())?.operator ?? 'nobody'}`],
  },
  identity: {
    looksAt: 'From outside the operator networks: whether the assertion and the token are of the same person.',
    found: (f) => [f.fromOperatorNetwork ? 'you are not outside' : 'they are'],
  },
  enabled: {
    looksAt: 'Whether remote support is switched on at this server (REMOTE_SUPPORT_ENABLED).',
    found: (f) => [f.enabled ? 'it is on' : 'it is off'],
  },
};

const ifPassed = (says: string) => (_: unknown, isPassed: boolean) => (isPassed ? [says] : []);

const consent = 'The consent on record, read anew: signed, in its time, and said by the log too.';
const armed = 'Whether somebody has armed the tenant, and that is not over.';
const armedFound = (tenant: Tenant | null | undefined): readonly string[] =>
  tenant?.armed ? [`armed until ${isoTime(tenant.armed.until)}`] : ['it is not armed'];

export const ACTIVATION_WORDS: LadderWords<ActivationFacts> = {
  ...factors,
  ops_token: { looksAt: 'The ops token in the header X-Argus-Ops-Token.', found: () => ['it is right'] },
  request: {
    looksAt: 'Whether the body is one: tenant, reason, minutes, nonce and time.',
    found: (f) => {
      const asked = f.request();
      return asked.ok ? [`it is one, for ${asked.value.minutes} minutes`] : [];
    },
  },
  fresh: {
    looksAt: `Whether the time in the request is within ${FRESH_MS / 1_000} s of the server's clock.`,
    found: (f) => {
      const asked = f.request();
      return asked.ok ? [`${Math.round(Math.abs(f.now - Date.parse(asked.value.timestamp)) / 1_000)} s apart`] : [];
    },
  },
  step_up: {
    looksAt: 'Whether a person who is signed in has confirmed it within five minutes, or does so with the request. A token is not asked.',
    found: async (f, isPassed) => ((await f.principal())?.login ? [isPassed ? 'it is confirmed' : 'it is not confirmed'] : ['a token came, and nobody is asked']),
  },
  agent: { looksAt: 'Whether there is such an agent: of this tenant, not revoked, and among those your token may see.', found: ifPassed('there is') },
  consent: { looksAt: `${consent} And whether it covers this agent at this hour.`, found: ifPassed('it stands and covers the agent') },
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
      if (isOnline || !agent) return isOnline ? ['it is connected'] : [];
      if (agent.keys === null) return ['an enrollment code was made, and no machine has used it'];
      return [agent.lastSeenAt === null ? 'it has never connected' : `last seen at ${isoTime(agent.lastSeenAt)}`];
    },
  },
  free: {
    looksAt: 'Whether the agent has no other session that is open.',
    found: async (f) => {
      const open = await f.openSession();
      return open && isInTheWay(open, f.now) ? [`session ${open.id} of ${open.operator}, until ${isoTime(open.expiresAt)}`] : ['no other session'];
    },
  },
  nonce: {
    looksAt: 'Whether the nonce was used before. It is only looked at here, so the same request may still be sent.',
    found: (_, isNew) => [isNew ? 'it is new' : 'it was used before'],
  },
};

export const COMMAND_WORDS: LadderWords<CommandFacts> = {
  ...factors,
  session: {
    looksAt: 'The session token in the header X-Argus-Session: a session that is open, of a tenant your token may see.',
    found: async (f, isOpen) => {
      const session = isOpen ? (await f.session())?.session : undefined;
      return session ? [`open until ${isoTime(session.expiresAt)}`] : [];
    },
  },
  operator: { looksAt: 'Whether the session was opened by you, with this very token.', found: ifPassed('it was') },
  request: { looksAt: 'Whether the body is one: command and arguments.', found: ifPassed('it is one') },
  bound: { looksAt: 'Whether the session is for this tenant, and for this agent where one is named.', found: ifPassed('it is') },
  consent: { looksAt: consent, found: ifPassed('it stands') },
  armed: { looksAt: armed, found: async (f) => armedFound((await f.session())?.tenant) },
  known: { looksAt: 'Whether agents have such a command.', found: ifPassed('they have') },
  covered: { looksAt: 'Whether the consent covers this command, its camera, this agent and this hour.', found: ifPassed('it does') },
  args: { looksAt: 'Whether the arguments fit the command, and name nothing it may not touch.', found: ifPassed('they fit') },
};
