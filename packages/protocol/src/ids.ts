import { z } from 'zod';

declare const kind: unique symbol;
export type IdKind = keyof typeof idKinds;
/** A string that was parsed as this kind of id: a TenantId cannot be passed where an AgentId goes. */
export type Id<K extends IdKind> = string & { readonly [kind]: K };

const secretShape = (prefix: string) => new RegExp(`^${prefix}_[A-Za-z0-9_-]{43}$`);

/** One table. A bearer secret and the row it opens never share a prefix. */
export const idKinds = {
  instance: { shape: /^ins_[a-z0-9]{20}$/, secret: false },
  tenant: { shape: /^[A-Z0-9_]{3,64}$/, secret: false, like: 'UTD_7ELEVEN_001' },
  agent: { shape: /^agent_[a-z0-9_]{3,64}$/, secret: false, like: 'agent_macpro_lobby_01' },
  camera: { shape: /^[a-z0-9_]{1,64}$/, secret: false, like: 'cam_3' },
  session: { shape: /^rss_[a-z0-9]{20}$/, secret: false }, // a handle: safe in logs
  request: { shape: /^[A-Za-z0-9_-]{8,64}$/, secret: false }, // chosen by the caller, or req_… by us
  connection: { shape: /^con_[a-z0-9]{20}$/, secret: false },
  node: { shape: /^node_[a-z0-9]{20}$/, secret: false },
  token: { shape: /^tok_[a-z0-9]{20}$/, secret: false }, // names a PAT without opening anything
  user: { shape: /^usr_[a-z0-9]{20}$/, secret: false },
  login: { shape: /^lgn_[a-z0-9]{20}$/, secret: false }, // names a sign-in without opening anything
  passkey: { shape: /^pky_[a-z0-9]{20}$/, secret: false }, // of a person; the passkey of an agent has no name
  patch: { shape: /^patch_[a-z0-9_]{3,64}$/, secret: false, like: 'patch_2026_11_lobby' }, // chosen by whoever signs it
  pat: { shape: secretShape('pat'), secret: true },
  sessionToken: { shape: secretShape('rst'), secret: true }, // shown once, stored hashed
  enrollmentCode: { shape: secretShape('enr'), secret: true }, // single use
  loginSecret: { shape: secretShape('lgs'), secret: true }, // in a cookie, and nowhere else
  csrfToken: { shape: secretShape('csr'), secret: true }, // goes with one login
  invitation: { shape: secretShape('inv'), secret: true }, // single use, in the fragment of a link
  handoffCode: { shape: secretShape('hnd'), secret: true }, // single use, for a minute, and only with its verifier
} as const satisfies Record<string, { readonly shape: RegExp; readonly secret: boolean; readonly like?: string }>;

export type InstanceId = Id<'instance'>;
export type TenantId = Id<'tenant'>;
export type AgentId = Id<'agent'>;
export type SessionId = Id<'session'>;
export type RequestId = Id<'request'>;
export type ConnectionId = Id<'connection'>;
export type NodeId = Id<'node'>;
export type TokenId = Id<'token'>;
export type PatchId = Id<'patch'>;
export type UserId = Id<'user'>;
export type LoginId = Id<'login'>;
export type PasskeyId = Id<'passkey'>;
/** What a request or a session was opened with: a token, or the sign-in of a person. */
export type CredentialId = TokenId | LoginId;
export type LoginSecret = Id<'loginSecret'>;
export type CsrfToken = Id<'csrfToken'>;
export type Invitation = Id<'invitation'>;
export type HandoffCode = Id<'handoffCode'>;
export type Pat = Id<'pat'>;
export type SessionToken = Id<'sessionToken'>;
export type EnrollmentCode = Id<'enrollmentCode'>;

/** The schema of an id: with `parseId`, the only way to get a branded one. One per kind: each costs kilobytes, and none ever changes. */
export function id<K extends IdKind>(k: K): z.ZodType<Id<K>, string> {
  const made = schemas.get(k) ?? schemaOf(k);
  schemas.set(k, made);
  return made as z.ZodType<Id<K>, string>; // it was put there under this kind
}
const schemas = new Map<IdKind, z.ZodType<string, string>>();
const schemaOf = <K extends IdKind>(k: K): z.ZodType<Id<K>, string> =>
  z
    .string()
    .max(80)
    .refine((s): s is Id<K> => idKinds[k].shape.test(s), { error: notOne(k) })
    .meta({ pattern: idKinds[k].shape.source }); // for documents: a refinement has no other way to say what it takes

const notOne = (k: IdKind): string => {
  const kind = idKinds[k];
  return `not ${/^[aeiou]/.test(k) ? 'an' : 'a'} ${k} id${'like' in kind ? `; one looks like ${kind.like}` : ''}`;
};

/** Null when it is not one. */
export const parseId = <K extends IdKind>(k: K, raw: unknown): Id<K> | null =>
  typeof raw === 'string' && isId(k, raw) ? raw : null;

export const isId = <K extends IdKind>(k: K, raw: string): raw is Id<K> => idKinds[k].shape.test(raw);

/** For ids we made ourselves; a wrong one is a bug. */
export function mustId<K extends IdKind>(k: K, raw: string): Id<K> {
  if (!isId(k, raw)) throw new TypeError(`not a ${k} id`);
  return raw;
}

/** 32 letters, so five bits of a random byte choose one without bias. */
const alphabet = 'abcdefghijkmnpqrstuvwxyz23456789';
export type HandleKind = 'instance' | 'session' | 'connection' | 'node' | 'token' | 'patch' | 'user' | 'login' | 'passkey';
const handlePrefix = { instance: 'ins', session: 'rss', connection: 'con', node: 'node', token: 'tok', patch: 'patch', user: 'usr', login: 'lgn', passkey: 'pky' } as const;

/** A handle of 100 random bits. `random` gives at least 20 bytes. */
export const newHandle = <K extends HandleKind>(k: K, random: (bytes: number) => Uint8Array): Id<K> =>
  mustId(k, `${handlePrefix[k]}_${letters(random(20))}`);

export const newRequestId = (random: (bytes: number) => Uint8Array): RequestId =>
  mustId('request', `req_${letters(random(20))}`);

const letters = (bytes: Uint8Array): string => Array.from(bytes, (b) => alphabet.charAt(b & 31)).join('');

const secretSource = Object.values(idKinds)
  .filter((k) => k.secret)
  .map((k) => k.shape.source.slice(1, -1))
  .join('|');

/** Anything that looks like one of our bearer secrets, wherever it stands in a text. */
export const secretShaped = (): RegExp => new RegExp(secretSource, 'g');
export const redactSecrets = (text: string): string => text.replace(secretShaped(), (s) => `${s.slice(0, 4)}[redacted]`);
