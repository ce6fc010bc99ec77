import { toProblem, type Denial } from '@argus/protocol/errors.ts';
import { readRefused } from '@argus/client/problem.ts';
import { expect, test } from 'vitest';
import { agentActivate } from './commands/agent.activate.ts';
import { nextFor } from './render/next.ts';
import { withNext } from './when-refused.ts';

const refused = (denial: Denial) => readRefused(toProblem(denial, 'req_1')) ?? expect.unreachable();
const hinted = (denial: Denial) => withNext(refused(denial), agentActivate, 'argusctl') as { hint: string };

/** Guarantee: nobody is sent in a circle: all gates of the server pass, and it was not the server that said no. */
test('what a machine refused does not point to the gates of the server, and what the server refused does', () => {
  expect(hinted({ code: 'tenant_consent_required' }).hint).toContain('All gates at once: argusctl');
  expect(hinted({ code: 'tenant_consent_required', facts: { refused_by: 'machine' } }).hint).not.toContain('All gates');
  expect(nextFor(refused({ code: 'tenant_consent_required' }), {})).toContain('tenant consent show');
  expect(nextFor(refused({ code: 'tenant_consent_required', facts: { refused_by: 'machine' } }), {})).toBeNull();
});

test('a session that is over is opened anew, whoever said that it is over', () => {
  const args = { agent: 'agent_lobby_01' };
  expect(nextFor(refused({ code: 'session_expired', facts: { refused_by: 'machine' } }), args)).toBe(nextFor(refused({ code: 'session_expired' }), args));
});
