import { LoginShown, SignedOut, type SignIn } from '@argus/protocol/http/auth.ts';
import { fits } from './read.ts';
import { get, post, type Request } from './request.ts';

export const showLogin = (): Request<LoginShown> => get('/v1/auth/login', fits(LoginShown));
export const signIn = (body: SignIn): Request<LoginShown> => post('/v1/auth/login', body, fits(LoginShown));
export const signOut = () => post('/v1/auth/logout', {}, fits(SignedOut));
