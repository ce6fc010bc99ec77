/** What a word on the command line can be, each read with the schema the server reads it with. */
import { err, ok, type Result } from '@argus/kit/result.ts';
import type { Json } from '@argus/kit/canonical-json.ts';
import { problemsOf } from '@argus/protocol/commands/define.ts';
import { CreatePat } from '@argus/protocol/http/pats.ts';
import { KeepResults } from '@argus/protocol/kept.ts';
import { Activate, ArmTenant, CreateEnrollmentCode, CreateTenant, RecordConsent, RunCommand } from '@argus/protocol/http/shapes.ts';
import { id, isId, type AgentId, type SessionId, type TenantId } from '@argus/protocol/ids.ts';
import { reason } from '@argus/protocol/text.ts';

/** Either the value, or what is wrong with the word, never with the word in it. */
export type Value<T> = { readonly read: (word: string) => Result<T, string> };

/** What we need of a zod schema. */
type ZodError = Parameters<typeof problemsOf>[0];
type Parsed<T> = { readonly success: true; readonly data: T } | { readonly success: false; readonly error: ZodError };
type Schema<T> = { safeParse(raw: unknown): Parsed<T> };

const fitting = <T>(schema: Schema<T>): Value<T> => ({
  read(word) {
    const parsed = schema.safeParse(word);
    return parsed.success ? ok(parsed.data) : err(problemsOf(parsed.error).join('; '));
  },
});

const whole = <T>(schema: Schema<T>): Value<T> => ({
  read(word) {
    if (!/^\d{1,9}$/.test(word)) return err('not a whole number');
    const parsed = schema.safeParse(Number(word));
    return parsed.success ? ok(parsed.data) : err(problemsOf(parsed.error).join('; '));
  },
});

type JsonObject = Readonly<Record<string, Json>>;
const isRecord = (raw: unknown): raw is JsonObject => typeof raw === 'object' && raw !== null && !Array.isArray(raw);

const jsonObject: Value<JsonObject> = {
  read(word) {
    try {
      const raw: unknown = JSON.parse(word);
      return isRecord(raw) ? ok(raw) : err('JSON, but not an object');
    } catch {
      return err('not JSON'); // what JSON.parse says quotes the text, and that may hold a secret
    }
  },
};

const file: Value<string> = { read: (word) => (word === '' || word.includes('\0') ? err('not the name of a file') : ok(word)) };

const agentOrSession: Value<AgentId | SessionId> = {
  read(word) {
    const isOne = isId('agent', word) || isId('session', word);
    return isOne ? ok(word) : err('neither an agent id (agent_…) nor a session id (rss_…)');
  },
};

const agentOrTenant: Value<AgentId | TenantId> = {
  read(word) {
    const isOne = isId('agent', word) || isId('tenant', word);
    return isOne ? ok(word) : err('neither an agent id (agent_…) nor a tenant id (UTD_7ELEVEN_001)');
  },
};

/** Standard output and terminals are named by paths too. */
const outFile: Value<string> = {
  read(word) {
    const isElsewhere = word === '-' || /^\/(dev|proc)\//.test(word);
    if (isElsewhere) return err('bytes of a picture go into a file, and nowhere else');
    return word === '' || word.includes('\0') || /[\\/]$/.test(word) ? err('not the name of a file') : ok(word);
  },
};

/** Names with commas between them. */
const list = <T>(one: Value<T>): Value<readonly T[]> => ({
  read(word) {
    const values: T[] = [];
    for (const name of word.split(',').map((part) => part.trim())) {
      const read = one.read(name);
      if (!read.ok) return err(`${read.error}, in a list with commas`);
      values.push(read.value);
    }
    return ok(values);
  },
});

const oneOf = <const W extends readonly string[]>(...words: W): Value<W[number]> => ({
  read: (word) => (words.includes(word) ? ok(word) : err(`none of ${words.join(', ')}`)),
});

/** A moment, or so long ago: both are what people mean by "since". */
export type Moment = { readonly at: string } | { readonly agoMs: number };
const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };
const moment: Value<Moment> = {
  read(word) {
    const ago = /^(\d{1,5})([mhd])$/.exec(word);
    if (ago) return ok({ agoMs: Number(ago[1]) * (UNITS[ago[2] ?? ''] ?? 0) });
    const isWhole = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/.test(word);
    return isWhole && !Number.isNaN(Date.parse(word)) ? ok({ at: new Date(word).toISOString() }) : err('neither a time with its zone (2026-03-01T12:00:00Z) nor so long ago (90m, 24h, 7d)');
  },
};

const profileName: Value<string> = { read: (word) => (/^[a-z0-9][a-z0-9._-]{0,31}$/.test(word) ? ok(word) : err('not 1 to 32 small letters, digits, dots and dashes')) };
const oneLine: Value<string> = { read: (word) => (word.trim() === '' || word.length > 320 ? err('not a name') : ok(word)) };
const alert: Value<string> = { read: (word) => (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(word) ? ok(word) : err('not the id of an alert; argusctl audit alerts lists them')) };
const place: Value<number> = { read: (word) => (/^(0|[1-9]\d{0,14})$/.test(word) ? ok(Number(word)) : err('not the number of an entry')) };
const lines: Value<number> = { read: (word) => (/^[1-9]\d{0,2}$/.test(word) && Number(word) <= 500 ? ok(Number(word)) : err('not a whole number from 1 to 500')) };

export const VALUES = {
  session: fitting(id('session')),
  moment,
  profileName,
  /** Read again, with care, where it is used. */
  url: oneLine,
  tenantName: fitting(CreateTenant.shape.name),
  signerName: fitting(RecordConsent.shape.signer.shape.name),
  email: fitting(RecordConsent.shape.signer.shape.email),
  time: fitting(RecordConsent.shape.signed_at),
  agents: list(fitting(id('agent'))),
  cameras: list(fitting(id('camera'))),
  commands: list(fitting(RunCommand.shape.command)),
  tenants: list(fitting(id('tenant'))),
  publicKey: fitting(CreateEnrollmentCode.shape.public_key.unwrap()),
  patName: fitting(CreatePat.shape.name),
  preset: fitting(CreatePat.shape.preset.unwrap()),
  scopes: list(fitting(CreatePat.shape.scopes.unwrap().element)),
  days: whole(CreatePat.shape.days),
  token: fitting(id('token')),
  alert,
  place,
  lines,
  words: oneLine,
  shell: oneOf('bash', 'zsh', 'fish'),
  record: oneOf('attempts', 'calls', 'events'),
  format: oneOf('ndjson', 'ocsf'),
  tenant: fitting(id('tenant')),
  agent: fitting(id('agent')),
  agentOrSession,
  agentOrTenant,
  camera: fitting(id('camera')),
  outFile,
  reason: fitting(reason()),
  minutes: whole(Activate.shape.minutes),
  keepDays: whole(KeepResults.shape.days),
  documentId: fitting(ArmTenant.shape.document_id.unwrap()),
  command: fitting(RunCommand.shape.command),
  requestId: fitting(id('request')),
  jsonObject,
  file,
} as const satisfies Readonly<Record<string, Value<unknown>>>;
