/**
 * OpenAPI 3.1, printed from the tables that decide: ROUTES, the schemas the bodies are parsed with, and ERRORS. Nothing
 * about a route is said here that its row does not say.
 */
import { COMMANDS } from '@argus/protocol/commands/index.ts';
import { ERRORS, type ErrorCode } from '@argus/protocol/errors.ts';
import { id, idKinds, type IdKind } from '@argus/protocol/ids.ts';
import { z } from 'zod';
import { templateOf } from '../audit/api-call.ts';
import { codesOf, GATE_CODES, type LadderName } from './codes.ts';
import { Page } from './page.ts';
import { ROUTES, type Door, type Route } from './routes.ts';

type Json = Readonly<Record<string, unknown>>;

export const makeOpenApi = (version: string): (() => Page) => {
  let page: Page | null = null;
  return () => (page ??= new Page(JSON.stringify(openApi(version)), 'application/json; charset=utf-8'));
};

export function openApi(version: string): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const [name, route] of Object.entries<Route>(ROUTES)) {
    const path = `/v1${templateOf(route.path)}`;
    (paths[path] ??= {})[route.method.toLowerCase()] = operation(name, route);
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Argus ops API', version, description: ABOUT, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: '/' }],
    tags: tags().map((name) => ({ name })),
    paths,
    components: { securitySchemes: SECURITY, schemas: schemas(), headers: HEADERS },
  };
}

const ABOUT =
  'Every path is mounted here, under /v1, and a second time without that prefix; both are the same. ' +
  'Every answer that is not a success is application/problem+json with one of the codes listed beside its status. ' +
  'Agents connect by WebSocket at /v1/agents/connect, which is not described here.';

const tagOf = ({ path }: Route): string => {
  const [first = '', second] = path.slice(1).split('/');
  return second === undefined && (path.endsWith('z') || path === '/metrics' || path.endsWith('.json')) ? 'server' : path.includes('/log/') ? 'log' : first;
};
const tags = () => [...new Set(Object.values<Route>(ROUTES).map(tagOf))];

function operation(name: string, route: Route): Json {
  return {
    operationId: name,
    summary: route.summary,
    description: whoMay(route.door),
    tags: [tagOf(route)],
    security: securityOf(route.door),
    ...((route.path.includes(':') || route.query) && { parameters: [...pathParameters(route), ...queryParameters(route)] }),
    ...(route.body && { requestBody: { required: !route.body.safeParse({}).success, content: { 'application/json': { schema: ref(bodyName(name)), ...examplesOf(name) } } } }),
    responses: { ...refusals(route), ...success(name, route) },
  };
}

const capital = (name: string) => `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
const bodyName = (name: string) => `${capital(name)}Body`;
const answerName = (name: string) => `${capital(name)}Answer`;
const ref = (schema: string) => ({ $ref: `#/components/schemas/${schema}` });

export const whoMay = (door: Door): string => {
  switch (door.kind) {
    case 'open':
      return `Open: ${door.why}.`;
    case 'code':
      return `Carries its own single-use code: ${door.why}.`;
    case 'scrape':
      return `The scrape token, or without one set a caller on the machine itself: ${door.why}.`;
    case 'credential':
      return 'Any valid credential.';
    case 'token':
      return 'A program with a personal access token; no cookie.';
    case 'scope':
      return `A credential with the scope ${door.scope}${door.orLogin ? ', or a person who is signed in, for their own' : ''}.`;
    case 'sign_in':
      return `Anybody who comes from our own page, or from none: ${door.why}.`;
    case 'login':
      return 'A person who is signed in.';
    case 'role':
      return `A person who is signed in as ${door.roles.join(' or ')}.`;
    case 'log':
      return `A credential with the scope ${door.scopes.join(' or ')}, or the read token of this very tenant.`;
    case 'ladder':
      return `The ${door.ladder} ladder, in this order: ${Object.keys(GATE_CODES[door.ladder]).join(', ')}.`;
    default:
      return door satisfies never;
  }
};

const SECURITY = {
  pat: { type: 'http', scheme: 'bearer', bearerFormat: 'pat_…', description: 'A personal access token of this server.' },
  login: { type: 'apiKey', in: 'cookie', name: '__Host-argus_login', description: 'A person who is signed in, whose role has the scope. What changes something also needs the header X-Argus-CSRF.' },
  ops_token: { type: 'apiKey', in: 'header', name: 'X-Argus-Ops-Token', description: 'The second factor of activation. Only ever in this header.' },
  session: { type: 'apiKey', in: 'header', name: 'X-Argus-Session', description: 'The session token, rst_…, shown once by activation.' },
  scrape: { type: 'http', scheme: 'bearer', description: 'ARGUS_METRICS_TOKEN.' },
};
/** A gate that asks for something sent along with the request. */
const GATE_ASKS: Readonly<Record<string, Json>> = { ops_token: { ops_token: [] }, credential: { pat: ['remote_support'] }, session: { session: [] } };
const asked = (ladder: LadderName): Json => Object.assign({}, ...Object.keys(GATE_CODES[ladder]).map((gate) => GATE_ASKS[gate] ?? {})) as Json;

function securityOf(door: Door): readonly Json[] {
  switch (door.kind) {
    case 'open':
    case 'code':
    case 'sign_in':
      return [];
    case 'login':
    case 'role':
      return [{ login: [] }];
    case 'scrape':
      return [{ scrape: [] }, {}];
    case 'credential':
      return [{ pat: [] }, { login: [] }];
    case 'token':
      return [{ pat: [] }];
    case 'scope':
      return [{ pat: [door.scope] }, { login: [] }];
    case 'log':
      return [...door.scopes, 'own_log:read'].map((scope) => ({ pat: [scope] }));
    case 'ladder':
      return [asked(door.ladder)];
    default:
      return door satisfies never;
  }
}

const pathParameters = ({ path }: Route): readonly Json[] =>
  [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: isIdKind(name) ? jsonSchemaOf(id(name)) : { type: 'string' },
    ...(isIdKind(name) && 'like' in idKinds[name] && { example: idKinds[name].like }),
  }));
const isIdKind = (name: string): name is IdKind => Object.hasOwn(idKinds, name);

const queryParameters = ({ query }: Route): readonly Json[] =>
  Object.entries(query?.shape ?? {}).map(([name, field]) => {
    const { description, ...schema } = jsonSchemaOf(field);
    return { name, in: 'query', required: !(field as z.ZodType).safeParse(undefined).success, schema, ...(description !== undefined && { description }) };
  });

/** A command is sent with its arguments; each contract brings an example of its own. */
const examplesOf = (name: string): Json =>
  name === 'command'
    ? { examples: Object.fromEntries(COMMANDS.map((c) => [c.name, { summary: c.summary, value: { command: c.name, ...(Object.keys(c.example).length > 0 && { args: c.example }) } }])) }
    : {};

const HEADERS = {
  RequestId: { description: 'Names this request; also in the body of a refusal.', schema: { type: 'string' } },
  RetryAfter: { description: 'Seconds to wait before trying again.', schema: { type: 'integer' } },
};
const requestId = { 'X-Request-Id': { $ref: '#/components/headers/RequestId' } };

function success(name: string, route: Route): Json {
  const content = route.type === undefined ? { 'application/json': { schema: ref(answerName(name)) } } : { [route.type]: { schema: { type: 'string' } } };
  return {
    [route.status ?? 200]: { description: 'Done.', headers: requestId, content },
    ...(route.accepted && { [route.accepted]: { description: 'Taken: it asks for no answer.', headers: requestId } }),
    ...(route.unready && { [route.unready]: { description: 'A part of it says no.', headers: requestId, content } }),
  };
}

function refusals(route: Route): Json {
  const byStatus = Map.groupBy(codesOf(route), (code) => ERRORS[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      status,
      {
        description: codes.map((code) => `\`${code}\`: ${ERRORS[code].title}.`).join(' '),
        headers: status === 429 ? { ...requestId, 'Retry-After': { $ref: '#/components/headers/RetryAfter' } } : requestId,
        content: { 'application/problem+json': { schema: { allOf: [ref('Problem'), { properties: { code: { enum: codes } } }] } } },
      },
    ]),
  );
}

const problem = (): Json => ({
  type: 'object',
  description: 'RFC 9457. What happened, and what to do next.',
  required: ['type', 'title', 'status', 'code', 'hint', 'request_id'],
  properties: {
    type: { type: 'string', description: 'Where this code is explained.' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string', enum: Object.keys(ERRORS) as ErrorCode[] },
    hint: { type: 'string' },
    request_id: { type: 'string' },
    problems: { type: 'array', items: { type: 'string' }, description: 'Which field, what is wrong with it, what fits.' },
    server_time: { type: 'string', format: 'date-time' },
    retry_after_s: { type: 'integer' },
    refused_by: { type: 'string', enum: ['machine'], description: 'The machine refused, by what it checks itself; every gate of the server had let it through.' },
  },
});

/** What cannot be said in JSON Schema is left open; what we take is said as it is sent. */
const OPTIONS = { io: 'input', unrepresentable: 'any' } as const;
const bare = ({ $schema: _draft, $id: _id, ...schema }: Json): Json => schema;
const jsonSchemaOf = (schema: z.core.$ZodType): Json => bare(z.toJSONSchema(schema, OPTIONS));

/** Each body and each answer by name; one that several routes answer stands under the first of them. */
function schemas(): Json {
  const registry = z.registry<{ id: string }>();
  const alias: [string, string][] = [];
  const add = (schema: z.ZodType, id: string) => {
    const known = registry.get(schema)?.id;
    if (known === undefined) registry.add(schema, { id });
    else alias.push([id, known]);
  };
  for (const [name, route] of Object.entries<Route>(ROUTES)) {
    if (route.body) add(route.body, bodyName(name));
    if (route.type === undefined) add(route.answer, answerName(name));
  }
  const { schemas: printed } = z.toJSONSchema(registry, { ...OPTIONS, uri: (id) => `#/components/schemas/${id}` });
  return {
    Problem: problem(),
    ...Object.fromEntries(Object.entries(printed).map(([id, schema]) => [id, bare(schema as Json)])),
    ...Object.fromEntries(alias.map(([id, known]) => [id, ref(known)])),
  };
}
