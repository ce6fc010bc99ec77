/** What a word on the command line can be, each read with the schema the server reads it with. */
import { err, ok, type Result } from '@argus/kit/result.ts';
import type { Json } from '@argus/kit/canonical-json.ts';
import { problemsOf } from '@argus/protocol/commands/define.ts';
import { Activate, ArmTenant, RunCommand } from '@argus/protocol/http/shapes.ts';
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

export const VALUES = {
  tenant: fitting(id('tenant')),
  agent: fitting(id('agent')),
  agentOrSession,
  agentOrTenant,
  camera: fitting(id('camera')),
  outFile,
  reason: fitting(reason()),
  minutes: whole(Activate.shape.minutes),
  documentId: fitting(ArmTenant.shape.document_id.unwrap()),
  command: fitting(RunCommand.shape.command),
  requestId: fitting(id('request')),
  jsonObject,
  file,
} as const satisfies Readonly<Record<string, Value<unknown>>>;
