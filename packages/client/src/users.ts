import { LoginList, LoginsEnded } from '@argus/protocol/http/auth.ts';
import { Invited, UserList, UserView, type ChangeUser, type InviteUser, type WithReason } from '@argus/protocol/http/users.ts';
import type { UserId } from '@argus/protocol/ids.ts';
import { fits } from './read.ts';
import { at, get, post, type Request } from './requests.ts';

const of = (user: UserId): string => `/v1/users/${at(user)}`;
export const listUsers = (): Request<UserList> => get('/v1/users', fits(UserList));
export const inviteUser = (body: InviteUser): Request<Invited> => post('/v1/users', body, fits(Invited));
export const changeUser = (user: UserId, body: ChangeUser): Request<UserView> => ({ ...post(of(user), body, fits(UserView)), method: 'PUT' });
export const removeUser = (user: UserId, body: WithReason): Request<UserView> => ({ ...post(of(user), body, fits(UserView)), method: 'DELETE' });
export const resetUser = (user: UserId, body: WithReason): Request<Invited> => post(`${of(user)}/reset`, body, fits(Invited));
export const unlockUser = (user: UserId, body: WithReason): Request<UserView> => post(`${of(user)}/unlock`, body, fits(UserView));
export const loginsOfUser = (user: UserId): Request<LoginList> => get(`${of(user)}/logins`, fits(LoginList));
export const endLoginsOfUser = (user: UserId, body: WithReason): Request<LoginsEnded> => ({ ...post(`${of(user)}/logins`, body, fits(LoginsEnded)), method: 'DELETE' });
