/** Passkeys of the people who sign in: made, used to sign in, used to confirm. Bytes are standard base64, as everywhere here. */
import { z } from 'zod';
import { id } from '../ids.ts';
import { base64Bytes, OperatorKey, PASSKEY_ALGORITHMS } from '../operator-proof.ts';
import { isoTimeText, plainWords } from '../text.ts';

const clientData = () => base64Bytes(4_096);
const credentialId = () => base64Bytes(1_023);

/** What the browser signs over. It counts once, for five minutes, for what it was asked for. */
const challenge = z.string().max(256); // bytes in base64
export const PasskeyAsked = z.object({
  challenge,
  rp_id: z.string(),
  expires_at: isoTimeText(),
  allow: z.array(credentialId()), // empty: the browser offers what it has
});
export type PasskeyAsked = z.infer<typeof PasskeyAsked>;

/** For navigator.credentials.create(): ask for a discoverable one, with user verification, and no attestation. */
export const NewPasskeyAsked = z.object({
  challenge,
  rp: z.object({ id: z.string(), name: z.string() }),
  user: z.object({ id: z.string(), name: z.string(), display_name: z.string() }), // id: bytes in base64
  algorithms: z.array(z.int()), // COSE, in the order we like them
  exclude: z.array(credentialId()),
  expires_at: isoTimeText(),
});
export type NewPasskeyAsked = z.infer<typeof NewPasskeyAsked>;

/** The password where there is no second factor yet: a cookie alone gives nobody one of their own. */
export const BeginPasskey = z.strictObject({ password: z.string().min(1).max(1_024).optional() });
export type BeginPasskey = z.infer<typeof BeginPasskey>;

const nameOfPasskey = () => plainWords(1, 64);
export const AddPasskey = z.strictObject({ name: nameOfPasskey(), client_data: clientData(), attestation_object: base64Bytes(16_384) });
export type AddPasskey = z.infer<typeof AddPasskey>;
export const RenamePasskey = z.strictObject({ name: nameOfPasskey() });
export type RenamePasskey = z.infer<typeof RenamePasskey>;

export const UsePasskey = z.strictObject({ credential_id: credentialId(), client_data: clientData(), authenticator_data: base64Bytes(1_024), signature: base64Bytes(512) });
export type UsePasskey = z.infer<typeof UsePasskey>;

/** `operator_key`: what a tenant puts into a receipt, to let this passkey and no other open sessions. */
export const PasskeyView = z.object({
  passkey_id: id('passkey'),
  credential_id: credentialId(), // as browsers name it
  name: z.string(),
  alg: z.enum(PASSKEY_ALGORITHMS),
  created_at: isoTimeText(),
  last_used_at: isoTimeText().nullable(),
  operator_key: OperatorKey,
});
export type PasskeyView = z.infer<typeof PasskeyView>;
export const PasskeyList = z.object({ passkeys: z.array(PasskeyView) });
export type PasskeyList = z.infer<typeof PasskeyList>;
