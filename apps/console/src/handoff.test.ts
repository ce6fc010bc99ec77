import { expect, test } from 'vitest';
import { askedIn, wayBack } from './handoff.ts';
import { placeOf } from './hash.ts';

const [CHALLENGE, STATE] = ['c'.repeat(42) + 'A', 's'.repeat(42) + 'A'];
const good = { challenge: CHALLENGE, port: '4711', state: STATE, name: 'argusctl on desk' };
const asked = (over: object = {}) => askedIn(new URLSearchParams({ ...good, ...over }));

test('what argusctl asks is read from its address', () => {
  const { query } = placeOf(`#/handoff?${String(new URLSearchParams(good))}`);
  expect(askedIn(query)).toEqual({ challenge: CHALLENGE, state: STATE, port: 4_711, name: 'argusctl on desk' });
});

/** Guarantee: whatever an address says, a code goes to a port of this very machine and nowhere else. */
test.each([
  ['', '0', '80', '443', '1023', '65536', '99999', '-4711', '+4711', '04711', '4711.0', '4711@evil.example', '4711/', '4711#', ' 4711', '4_711', '0x1267', '1e4', '٤٧١١'],
].flat())('a port of %j is none', (port) => expect(asked({ port })).toBeNull());
test.each([['1024'], ['65535']])('a port of %s is one', (port) => expect(asked({ port })?.port).toBe(Number(port)));

test.each([
  ['no challenge', { challenge: '' }], ['a short challenge', { challenge: 'c'.repeat(42) }], ['a challenge in another spelling', { challenge: 'c'.repeat(42) + 'B' }], ['no state', { state: '' }],
  ['a state that is more than one', { state: `${STATE}&code=x` }], ['a state of other letters', { state: '<'.repeat(43) }],
])('with %s there is nothing to approve', (_what, over) => expect(asked(over)).toBeNull());

test.each(['challenge', 'port', 'state'])('a %s that is there twice is none: one of them is somebody else\'s', (name) => {
  const query = new URLSearchParams(good);
  query.append(name, query.get(name) ?? '');
  expect(askedIn(query)).toBeNull();
});

test('a name is text of somebody else, made plain and cut', () => {
  expect(asked({ name: `a\u202Eb\u0007${'x'.repeat(300)}` })?.name).toMatch(/^a b x{96}$/);
  expect(asked({ name: '' })?.name).toBe('');
});

test('the way back is this machine, with the code and the state it asked with', () => {
  const to = new URL(wayBack(asked() ?? expect.unreachable(), `hnd_${'h'.repeat(43)}`));
  expect([to.protocol, to.hostname, to.port, to.pathname, to.username, Object.fromEntries(to.searchParams)]).toEqual(['http:', '127.0.0.1', '4711', '/', '', { code: `hnd_${'h'.repeat(43)}`, state: STATE }]);
});
