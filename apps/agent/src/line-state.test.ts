import { manualClock } from '@argus/kit/clock.ts';
import { expect, test } from 'vitest';
import { START } from '../testing/signed-log.ts';
import { watchLine, type LineState } from './line-state.ts';
import { plainly } from './plainly.ts';

const DAEMON = { pid: 7, boot: 'boot' };

function ready() {
  const kept: LineState[] = [];
  const clock = manualClock(START);
  return { clock, kept, see: watchLine({ clock, daemon: DAEMON, keep: (state) => void kept.push(state) }) };
}

test('days without a server are one change, not thousands of writes', async () => {
  const m = ready();
  for (let n = 0; n < 5_000; n++) {
    await m.clock.advance(0);
    m.see('disconnected', { why: 'connect ECONNREFUSED 127.0.0.1:1', retry_in_ms: n });
  }
  expect(m.kept).toEqual([{ line: 'waiting', why: 'connect ECONNREFUSED 127.0.0.1:1', means: plainly('ECONNREFUSED'), since: new Date(START).toISOString(), daemon: DAEMON }]);
});
test('a refusal is the reason, not the line that ends because of it', () => {
  const m = ready();
  m.see('refused', { code: 'clock_skew' });
  m.see('disconnected', { why: 'refused', retry_in_ms: 1 });
  m.see('connected', { connection: 'con_x' });
  m.see('disconnected', { why: 'closed', retry_in_ms: 1 });
  expect(m.kept.map(({ line, why }) => [line, why])).toEqual([['waiting', 'clock_skew'], ['connected', undefined], ['waiting', 'closed']]);
});
test('once it is stopped that is the last word: the line that goes down with it adds nothing', () => {
  const m = ready();
  for (const what of ['connected', 'stopped', 'disconnected']) m.see(what, { why: 'closed' });
  expect(m.kept.map(({ line }) => line)).toEqual(['connected', 'stopped']);
});
test('what has nothing to do with the line changes nothing', () => {
  const m = ready();
  for (const what of ['started', 'session_started', 'config_read']) m.see(what, {});
  expect(m.kept).toEqual([]);
});

test.each([
  ['self-signed certificate', /no authority vouches for/],
  ['self-signed certificate in certificate chain', /no authority vouches for/],
  ['certificate has expired', /has expired/],
  ['certificate is not yet valid', /not valid yet/],
  ["Hostname/IP does not match certificate's altnames: Host: localhost. is not in the cert's altnames: DNS:other", /for another name/],
  ['unable to verify the first certificate', /cannot be verified/],
  ['unable to get local issuer certificate', /cannot be verified/],
  ['write EPROTO 00:error:0A00010B:SSL routines::wrong version number', /does not speak TLS/],
  ['connect ECONNREFUSED 127.0.0.1:1', /Nobody listens/],
  ['getaddrinfo ENOTFOUND ops.example', /not found/],
  ['the server does not finish the handshake', /within 10 seconds/],
  ['no answer to h1', /within 10 seconds/],
  ['Unexpected server response: 302', /not an ops API/],
  ['clock_skew', /Set the clock/],
  ['UPDATE_REQUIRED', /too old/],
  ['handshake_refused', /revoked/],
  ['server_not_proved', /passkey/],
  ['closed (1006)', /dials again by itself/],
])('%s is said in words a person can act on', (why, words) => expect(plainly(why)).toMatch(words));
