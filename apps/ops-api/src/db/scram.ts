/**
 * What PostgreSQL stores instead of a password (RFC 5802, SHA-256). Computed here, so that the password itself is in
 * no statement, and therefore in no log, of a server we may not run.
 */
import { createHash, createHmac, pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';

/** PostgreSQL's own default; our passwords are 256 random bits, which no iteration count makes better. */
const ITERATIONS = 4_096;

export async function scramVerifier(password: string): Promise<string> {
  // Other characters would need SASLprep; ours are base64url.
  if (!/^[\x21-\x7e]+$/.test(password)) throw new Error('A database password must be printable ASCII without spaces.');
  const salt = randomBytes(16);
  const salted = await promisify(pbkdf2)(password, salt, ITERATIONS, 32, 'sha256');
  const mac = (text: string): Buffer => createHmac('sha256', salted).update(text).digest();
  const storedKey = createHash('sha256').update(mac('Client Key')).digest('base64');
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString('base64')}$${storedKey}:${mac('Server Key').toString('base64')}`;
}
