/** Passkeys of whoever is signed in, and signing in with one. What the browser makes of a challenge is the page's affair. */
import { LoginShown } from '@argus/protocol/http/auth.ts';
import { NewPasskeyAsked, PasskeyAsked, PasskeyList, PasskeyView, type AddPasskey, type BeginPasskey, type RenamePasskey, type UsePasskey } from '@argus/protocol/http/passkeys.ts';
import type { PasskeyId } from '@argus/protocol/ids.ts';
import { fits } from './read.ts';
import { at, get, post, remove, type Request } from './requests.ts';

export const beginPasskeySignIn = (): Request<PasskeyAsked> => post('/v1/auth/passkey/begin', {}, fits(PasskeyAsked));
export const passkeySignIn = (body: UsePasskey): Request<LoginShown> => post('/v1/auth/passkey', body, fits(LoginShown));
export const listPasskeys = (): Request<PasskeyList> => get('/v1/auth/passkeys', fits(PasskeyList));
export const beginPasskey = (body: BeginPasskey): Request<NewPasskeyAsked> => post('/v1/auth/passkeys/begin', body, fits(NewPasskeyAsked));
export const addPasskey = (body: AddPasskey): Request<PasskeyView> => post('/v1/auth/passkeys', body, fits(PasskeyView));
export const renamePasskey = (passkey: PasskeyId, body: RenamePasskey): Request<PasskeyList> => ({ ...post(`/v1/auth/passkeys/${at(passkey)}`, body, fits(PasskeyList)), method: 'PUT' });
export const removePasskey = (passkey: PasskeyId): Request<PasskeyList> => remove(`/v1/auth/passkeys/${at(passkey)}`, fits(PasskeyList));
export const beginPasskeyConfirm = (): Request<PasskeyAsked> => post('/v1/auth/confirm/passkey/begin', {}, fits(PasskeyAsked));
export const passkeyConfirm = (body: UsePasskey): Request<LoginShown> => post('/v1/auth/confirm/passkey', body, fits(LoginShown));
