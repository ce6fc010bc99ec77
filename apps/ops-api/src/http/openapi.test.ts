import { Validator } from '@seriousme/openapi-schema-validator';
import { COMMANDS } from '@argus/protocol/commands/index.ts';
import { ERRORS } from '@argus/protocol/errors.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestApi } from '../../test/api.ts';
import { codesOf, GATE_CODES } from './codes.ts';
import { templateOf } from '../audit/api-call.ts';
import { openApi } from './openapi.ts';
import { ROUTES, type Route } from './routes.ts';

type Response = { readonly description: string; readonly content?: Readonly<Record<string, { readonly schema: unknown }>> };
type Operation = {
  readonly operationId?: string;
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly requestBody?: { readonly required: boolean; readonly content: Readonly<Record<string, { readonly examples?: Readonly<Record<string, { readonly value: unknown }>> }>> };
  readonly responses: Readonly<Record<string, Response>>;
};
type Document = {
  readonly openapi: string;
  readonly info: { readonly description: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly tags: readonly { readonly name: string }[];
  readonly components: { readonly schemas: Readonly<Record<string, { readonly properties?: Readonly<Record<string, unknown>> }>>; readonly securitySchemes: Readonly<Record<string, unknown>> };
};
const document = openApi('1.2.3') as unknown as Document; // what it is, the validator decides
const routes = Object.entries<Route>(ROUTES);
const operationOf = (route: Route): Operation => document.paths[`/v1${templateOf(route.path)}`]?.[route.method.toLowerCase()] ?? expect.fail('not described');

test('the document is OpenAPI 3.1, says an independent validator', async () => {
  const { valid, errors } = await new Validator().validate(JSON.parse(JSON.stringify(document)) as Record<string, unknown>);
  expect(errors ?? []).toEqual([]);
  expect(valid).toBe(true);
  expect(document.openapi).toBe('3.1.0');
});

test('every route is one operation of /v1, and there is no other; the second mount is told of', () => {
  const described = Object.entries(document.paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`));
  expect(described.toSorted()).toEqual(routes.map(([, { method, path }]) => `${method} /v1${templateOf(path)}`).toSorted());
  expect(document.info.description).toContain('a second time without that prefix');
});

test('every reference in it leads somewhere', () => {
  const text = JSON.stringify(document);
  for (const [, path = ''] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
    const found = path.split('/').reduce<unknown>((at, step) => (at as Record<string, unknown> | undefined)?.[step], document);
    expect(found, path).toBeDefined();
  }
  expect(text).not.toMatch(/"\$(schema|id)"/);
});

describe.each(routes)('%s', (name, route) => {
  const operation = operationOf(route);
  const successes = Object.keys(operation.responses).filter((status) => /^[23]/.test(status));

  test('has an id, a summary, a tag, one success and problems', () => {
    expect(operation.operationId).toBe(name);
    expect(operation.summary).toMatch(/^[A-Z].*\.$/);
    expect(document.tags.map((tag) => tag.name)).toEqual(expect.arrayContaining([...(operation.tags ?? ['none'])]));
    expect(successes).toEqual([route.status ?? 200, ...(route.accepted === undefined ? [] : [route.accepted])].map(String));
    expect(Object.keys(operation.responses).length).toBeGreaterThan(1);
  });

  test('lists each refusal under its own status, and none twice', () => {
    const listed = Object.entries(operation.responses).filter(([status]) => !/^[23]/.test(status) && Number(status) !== route.unready).flatMap(([status, response]) => {
      const { schema } = response.content?.['application/problem+json'] ?? expect.fail(`${status} is no problem`);
      const codes = (schema as { allOf: [unknown, { properties: { code: { enum: (keyof typeof ERRORS)[] } } }] }).allOf[1].properties.code.enum;
      for (const code of codes) expect([code, ERRORS[code].status]).toEqual([code, Number(status)]);
      return codes;
    });
    expect(listed.toSorted()).toEqual([...codesOf(route)].toSorted());
  });

  test('says of each query parameter what it takes', () => {
    const { parameters = [] } = operation as { parameters?: readonly { name: string; in: string; description?: string }[] };
    for (const parameter of parameters) if (parameter.in === 'query') expect(parameter.description, parameter.name).toMatch(/\.$/);
  });

  test('asks for what its door asks for', () => {
    const { kind } = route.door;
    const names = (operation.security ?? []).flatMap((one) => Object.keys(one));
    expect(Object.keys(document.components.securitySchemes)).toEqual(expect.arrayContaining(names));
    if (kind === 'open' || kind === 'code' || kind === 'sign_in') expect(operation.security).toEqual([]);
    else expect(names.length).toBeGreaterThan(0);
    if (route.door.kind === 'scope') expect(operation.security).toEqual([{ pat: [route.door.scope] }, { login: [] }]);
  });

  test('names every parameter of its path and its query', () => {
    const parameters = (operation.parameters ?? []).map((p) => `${p.in} ${p.name}`);
    const inPath = [...route.path.matchAll(/:(\w+)/g)].map(([, p]) => `path ${p}`);
    expect(parameters).toEqual([...inPath, ...Object.keys(route.query?.shape ?? {}).map((p) => `query ${p}`)]);
  });
});

test('the ladders ask for every factor that is sent along', () => {
  expect(operationOf(ROUTES.activate).security).toEqual([{ ops_token: [], pat: ['remote_support'] }]);
  expect(operationOf(ROUTES.command).security).toEqual([{ pat: ['remote_support'], session: [] }]);
});

test('every command brings the example of its contract, and the route would take it', () => {
  const examples = operationOf(ROUTES.command).requestBody?.content['application/json']?.examples ?? {};
  expect(Object.keys(examples)).toEqual(COMMANDS.map((c) => c.name));
  for (const { value } of Object.values(examples)) expect(ROUTES.command.body.safeParse(value).success).toBe(true);
});

test('bodies say what they take: ids by their shape, reasons by their length, and nothing more', () => {
  const body = document.components.schemas['ArmBody'] ?? expect.fail('no body');
  expect(body).toMatchObject({ type: 'object', additionalProperties: false, required: ['reason', 'confirm_tenant_id'], properties: { reason: { minLength: 3, maxLength: 500 } } });
  expect(document.components.schemas['CreateTenantBody']).toMatchObject({ properties: { id: { pattern: '^[A-Z0-9_]{3,64}$' } } });
  expect(document.components.schemas['ActivateBody']).toMatchObject({ properties: { minutes: { minimum: 1, maximum: 120, default: 30 } } });
});

test('nothing in it tells of this server, or what is meant for nobody', () => {
  const text = JSON.stringify(document);
  expect(text).not.toMatch(/ins_[a-z0-9]{20}|node_[a-z0-9]{20}|127\.0\.0\.1|internal_|ops-token-of/);
  expect(Object.keys(GATE_CODES)).toEqual([...new Set(routes.flatMap(([, { door }]) => (door.kind === 'ladder' ? [door.ladder] : [])))]);
});

describe('GET /openapi.json', () => {
  const { api, http } = createTestApi();
  beforeAll(async () => { await http.ready(); });
  afterAll(() => api.close());
  const get = (headers: Record<string, string> = {}, url = '/openapi.json') => http.inject({ method: 'GET', url, headers });

  test('is open, the same on both mounts, byte for byte, and may be kept as long as it is asked about', async () => {
    const [one, two] = [await get(), await get({}, '/v1/openapi.json')];
    expect([one.statusCode, two.statusCode]).toEqual([200, 200]);
    expect(one.body).toBe(two.body);
    expect(one.headers).toMatchObject({ 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-cache', etag: two.headers.etag });
  });

  test('who has it already is told so in few bytes', async () => {
    const etag = String((await get()).headers.etag);
    for (const given of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const answer = await get({ 'if-none-match': given });
      expect([given, answer.statusCode, answer.body]).toEqual([given, 304, '']);
      expect(answer.headers.etag).toBe(etag);
    }
    for (const given of ['"other"', '', etag.slice(0, -2)]) expect([given, (await get({ 'if-none-match': given })).statusCode]).toEqual([given, 200]);
  });
});
