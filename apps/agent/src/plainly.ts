/** What a line that broke or never came to be means for a person at the machine, and what to do. */
const MEANINGS: readonly (readonly [RegExp, string])[] = [
  [/self.signed certificate/i, 'The server shows a certificate that no authority vouches for. Somebody may be in between. If the authority is your own, name it with NODE_EXTRA_CA_CERTS.'],
  [/certificate has expired/i, 'The certificate of the server has expired. Whoever runs the server has to renew it. Look at the clock of this machine, too.'],
  [/certificate is not yet valid/i, 'The certificate of the server is not valid yet. Look at the clock of this machine.'],
  [/does not match certificate's altnames/i, 'The certificate of the server is for another name. Somebody may be in between, or the address in trust.json is wrong.'],
  [/unable to (verify|get)|certificate|CERT_/i, 'The certificate of the server cannot be verified. Somebody may be in between. If the authority is your own, name it with NODE_EXTRA_CA_CERTS.'],
  [/wrong version number|packet length too long/i, 'What answers there does not speak TLS. Is the address in trust.json the right one?'],
  [/ECONNREFUSED/, 'Nobody listens at the address of the server. It is down, or the address is wrong.'],
  [/ENOTFOUND|EAI_AGAIN/, 'The name of the server is not found. Look at the network and the DNS of this machine.'],
  [/ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|does not answer/, 'The server cannot be reached. Look at the network between here and there.'],
  [/does not finish the handshake|no answer to h1/, 'The server cannot be reached, or takes the call and does not finish the handshake within 10 seconds. Look at the network between here and there; the server may be overloaded, or what is there is not an ops API.'],
  [/Unexpected server response/, 'What answers there is not an ops API, or it turns agents away.'],
  [/clock_skew/, 'The clock of this machine and that of the server are more than 30 seconds apart. Set the clock.'],
  [/UPDATE_REQUIRED/, 'This agent is too old for the server. Install a newer one.'],
  [/handshake_refused/, 'The server does not know this agent, or has revoked it. Ask whoever runs it.'],
  [/server_not_proved/, 'What answers there does not hold the passkey of this machine: it is not the server this machine was enrolled with.'],
  [/another (argus-)?agent|connection_replaced/, 'Another daemon with the same identity has taken the line. Stop one of them.'],
];
const ORDINARY = 'The line broke. The agent dials again by itself.';

/** Null: nobody wrote down what that means. */
export const meaningOf = (why: string): string | null => MEANINGS.find(([pattern]) => pattern.test(why))?.[1] ?? null;
export const plainly = (why: string): string => meaningOf(why) ?? ORDINARY;
