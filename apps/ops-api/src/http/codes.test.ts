import { isErrorCode } from '@argus/protocol/errors.ts';
import { expect, test } from 'vitest';
import { activationLadder } from '../gates/activation.ts';
import { commandLadder } from '../gates/command.ts';
import { revokeLadder } from '../gates/revoke.ts';
import { codesOf, GATE_CODES, type LadderName } from './codes.ts';
import { ROUTES, type Route } from './routes.ts';

const LADDERS: { readonly [L in LadderName]: readonly { readonly name: string }[] } = { activation: activationLadder, command: commandLadder, revoke: revokeLadder };

test.each(Object.entries(LADDERS))('every gate of %s says what it refuses with, in the order of the ladder', (name, ladder) => {
  const codes = GATE_CODES[name as LadderName]; // Object.entries loses the literal types
  expect(Object.keys(codes)).toEqual(ladder.map((gate) => gate.name));
  expect(Object.values(codes).every((some) => some.length > 0 && some.every(isErrorCode))).toBe(true);
});

test('a refusal is implied by what a route asks for, and the rest by its row', () => {
  const open: Route = { method: 'GET', path: '/x', door: { kind: 'open', why: 'x' }, answer: ROUTES.health.answer, summary: 'X.' };
  const base = codesOf(open);
  const more = (over: Partial<Route>) => codesOf({ ...open, ...over }).filter((code) => !base.includes(code));
  expect(base).toEqual(['secret_in_address', 'bad_request', 'malformed_request', 'internal']);
  const page = ['foreign_origin', 'csrf_refused'];
  expect(more({ door: { kind: 'credential' } })).toEqual(['unauthenticated', ...page, 'audit_unavailable']);
  for (const door of [{ kind: 'scope', scope: 'logs:read' }, { kind: 'login' }, { kind: 'role', roles: ['owner'] }] as const) expect(more({ door })).toEqual(['unauthenticated', 'missing_role', ...page, 'audit_unavailable']);
  expect(more({ door: { kind: 'sign_in', why: 'x' } })).toEqual(['foreign_origin', 'sign_in_off', 'rate_limited', 'audit_unavailable']);
  expect(more({ door: { kind: 'scrape', why: 'x' } })).toEqual(['scrape_refused']);
  expect(more({ path: '/:tenant/:agent/:session/:token/:user/:login' })).toEqual(['tenant_not_found', 'agent_not_found', 'session_not_found', 'pat_not_found', 'user_not_found', 'login_not_found']);
  expect(more({ method: 'POST', body: ROUTES.arm.body })).toEqual(['unsupported_media_type', 'body_too_large']);
  expect(more({ refuses: ['agent_exists', 'agent_exists'] })).toEqual(['agent_exists']);
});
