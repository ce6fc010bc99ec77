/** Signing in by way of an identity provider: both ends of the way there and back are pages a browser is led to. */
import { z } from 'zod';

const text = (max: number) => z.string().max(max);

/** `return_to`: a place in the console, as behind its #. */
export const OidcBeginQuery = z.object({ return_to: text(502).optional().describe('A place in the console, as behind its #: /sessions. Anything else leads to its beginning.') });

/** What providers send along, and what we go by: the first four. */
export const OidcCallbackQuery = z.object({
  code: text(4_096).optional().describe('What the provider gives for an ID token, once.'),
  state: text(512).optional().describe('Which attempt it is.'),
  iss: text(2_048).optional().describe('Who answers.'),
  error: text(256).optional().describe('Why the provider vouches for nobody.'),
  error_description: text(2_048).optional().describe('The same in words of the provider. Not read.'),
  error_uri: text(2_048).optional().describe('More of that. Not read.'),
  session_state: text(1_024).optional().describe('Sent by some providers. Not read.'),
});

/** Led on by the header Location; there is nothing to read. */
export const Redirected = z.literal('');
