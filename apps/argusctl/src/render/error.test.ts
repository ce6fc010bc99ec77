import { deny, ERRORS, toProblem, type ErrorCode } from '@argus/protocol/errors.ts';
import { expect, test } from 'vitest';
import { answering, run } from '../../test/run.ts';
import { usage, type Problem } from '../command.ts';
import { errorText, EXITS, exitOf } from './error.ts';
import { nextFor } from './next.ts';
import { paintFor } from './paint.ts';

const NOW = Date.UTC(2026, 2, 1, 12);
const plain = paintFor(false, {});
const text = (problem: Problem, writes = false): string => errorText(problem, { url: 'https://ops.example', writes, now: NOW, retype: 'argusctl', next: nextFor(problem, {}) }, plain);
const refused = (code: ErrorCode, facts = {}): Problem => ({ kind: 'refused', ...toProblem(deny(code), 'req_12345678'), ...facts });
const codes = Object.keys(ERRORS) as ErrorCode[];

test.each(codes)('%s: title, code, what to do, request id, and its own exit code', async (code) => {
  const { title, hint, status, exit } = ERRORS[code];
  const next = nextFor(refused(code), {});
  const ran = await run(['whoami'], { fetch: answering(status, toProblem(deny(code), 'req_12345678')) });
  expect(ran).toMatchObject({ exit, stdout: '', stderr: `error: ${title} (${code})\n${hint}\n${next === null ? '' : `next: ${next}\n`}request id: req_12345678\n` });
});

test('all refusals, as they are read', async () => {
  await expect(codes.map((code) => text(refused(code))).join('\n')).toMatchFileSnapshot('../../golden/errors/refused.txt');
});

test('what only argusctl can say, as it is read', async () => {
  const problems: readonly Problem[] = [
    usage('There is no command agnt ls. Did you mean agent ls?', 'See argusctl help.'),
    { kind: 'local', code: 'bad_args', says: 'The arguments do not fit ping', problems: ['has fields that are not known'], hint: 'Nothing was sent.' },
    { kind: 'unreachable', why: 'no_route', detail: 'ECONNREFUSED' },
    { kind: 'unreachable', why: 'untrusted_certificate', detail: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
    { kind: 'unreachable', why: 'timed_out', detail: 'TimeoutError' },
    { kind: 'unreachable', why: 'broken_off', detail: 'ECONNRESET' },
    { kind: 'unreadable', status: 502 },
    refused('stale_request', { server_time: '2026-03-01T12:02:00.000Z' }),
    refused('rate_limited', { retry_after_s: 30 }),
    refused('bad_request', { problems: ['minutes: too big', 'nonce: not 16 or more random bytes'] }),
    refused('result_gone', { receipt: { leaf_index: 41, outcome_index: 43, checkpoint: 'note', agent_signature: 'sig', result_sha256: 'ab'.repeat(32) } }),
    { ...refused('internal'), code: 'moon_phase' } as Problem,
  ];
  await expect(problems.map((problem) => text(problem, true)).join('\n')).toMatchFileSnapshot('../../golden/errors/local.txt');
});

test('our own exit codes are nobody else\'s', () => {
  const { usage: asBadRequest, ...own } = EXITS;
  expect(asBadRequest).toBe(ERRORS.bad_request.exit);
  for (const exit of Object.values(own)) expect(codes.map((code) => ERRORS[code].exit)).not.toContain(exit);
  expect(exitOf({ ...refused('internal'), code: 'moon_phase' } as Problem)).toBe(EXITS.unknown_code);
});

/** Whoever sits on the wire, or in the server, does not get to write on the operator's terminal. */
test('a server cannot move the cursor', () => {
  const hostile = refused('internal', { title: 'a\u001B[2Jb\u009B1m', hint: 'c\u202Ed\r', code: 'x\u0007y', request_id: 'r\ne', problems: ['\u001B]0;t\u0007'] });
  expect(text(hostile)).not.toMatch(/[^\P{C}\n]/u);
});

test('a write that may have happened says so, a read does not', () => {
  const problem: Problem = { kind: 'unreachable', why: 'timed_out', detail: 'TimeoutError' };
  expect(text(problem, true)).toContain('unknown');
  expect(text(problem, false)).not.toContain('unknown');
});

test('with --json the server\'s answer is on stderr as it came, and ours in the same shape', async () => {
  const { type: _, ...said } = toProblem(deny('agent_offline'), 'req_12345678');
  const server = await run(['whoami', '--json'], { fetch: answering(409, toProblem(deny('agent_offline'), 'req_12345678')) });
  expect([JSON.parse(server.stderr), server.stdout]).toEqual([said, '']);
  const typo = await run(['agnt', 'ls', '--json']);
  expect(JSON.parse(typo.stderr)).toMatchObject({ code: 'usage', title: 'There is no command agnt ls. Did you mean agent ls?' });
  const wall = await run(['whoami', '--json']);
  expect(JSON.parse(wall.stderr)).toMatchObject({ code: 'unreachable' });
});
