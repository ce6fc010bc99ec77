/** The reference pages, each printed from the one table in the code that decides. */
import { AREA_OF_BUNDLES, AREA_OF_MACHINES, AREAS, exitOf, FINDINGS as CHECKED } from '@argus/evidence/findings.ts';
import { COMMANDS } from '@argus/protocol/commands/index.ts';
import { classOf } from '@argus/protocol/classify.ts';
import { ERRORS } from '@argus/protocol/errors.ts';
import { DOWN_FRAME_TYPES, PROTOCOL_VERSION, UP_FRAME_TYPES } from '@argus/protocol/frames.ts';
import { EVENT_TYPES } from '@argus/protocol/leaf.ts';
import { OCSF_ACTIVITIES, OCSF_HIGH, OCSF_MAPPING, OCSF_VERSION } from '@argus/protocol/ocsf.ts';
import { SETTINGS } from '@argus/ops-api/config.ts';
import { codesOf } from '@argus/ops-api/http/codes.ts';
import { templateOf } from '@argus/ops-api/audit/api-call.ts';
import { TRIPWIRES } from '@argus/protocol/tripwires.ts';
import { FINDINGS } from '@argus/ops-api/audit/findings.ts';
import { JOBS } from '@argus/ops-api/jobs/job.ts';
import { ROUTES, type Door, type Route } from '@argus/ops-api/http/routes.ts';
import { PRESETS, SCOPES, type Scope } from '@argus/ops-api/people/principal.ts';
import { ENDINGS } from '@argus/ops-api/sessions/session.ts';
import { LOOK_EVERY_MS } from '../../apps/agent/src/tuning/keep-tuned.ts';
import { TUNING, type TuningKey } from '../../apps/agent/src/tuning/tuning.ts';
import { GLOBAL_FLAGS } from '../../apps/argusctl/src/argv.ts';
import { COMMANDS as CTL } from '../../apps/argusctl/src/commands/index.ts';
import { EXITS } from '../../apps/argusctl/src/render/error.ts';
import { SECRETS } from '../../apps/argusctl/src/secrets.ts';
import { ATTACKERS, CHEATS, CHECKERS, type Cheat, type Checker } from '../../verify/cheats.ts';
import { z } from 'zod';
import { type Page, table } from './table.ts';

const code = (text: string) => `\`${text}\``;

const errors: Page = {
  file: 'errors.md',
  title: 'Errors',
  description: 'Every code Argus answers with, its HTTP status and exit code, and what to do next.',
  text: `Answers are \`application/problem+json\` with \`type\`, \`title\`, \`status\`, \`code\`, \`hint\` and \`request_id\`.\n\n${table(
    ['code', 'HTTP', 'exit', 'meaning', 'what to do'],
    Object.entries(ERRORS).map(([name, e]) => [`<a id="${name}"></a>${code(name)}`, String(e.status), String(e.exit), e.title, e.hint]),
  )}`,
};

/** What an argument may be, for people; programs have it in /openapi.json. */
function shapeInWords(field: z.ZodType): string {
  const { type, minimum, maximum, pattern, default: fallback } = z.toJSONSchema(field, { io: 'input' });
  const what = type === 'integer' ? 'a whole number' : type === 'object' ? 'an object' : 'text';
  const range = minimum === undefined || maximum === undefined ? '' : ` from ${minimum} to ${maximum}`;
  const form = pattern === undefined ? '' : ` of the form ${code(pattern)}`;
  return `${what}${range}${form}${fallback === undefined ? '' : `; ${code(typeof fallback === 'string' ? fallback : JSON.stringify(fallback))} when left out`}`;
}

const commands: Page = {
  file: 'commands.md',
  title: 'Commands',
  description: 'What an operator can ask of an agent. There is nothing else, no shell, and no way to add one over the wire.',
  text: COMMANDS.map((c) => {
    const args = Object.entries(c.args.shape as Record<string, z.ZodType>).map(([name, field]) => [code(name), shapeInWords(field), classOf(field)]);
    return [
      `## ${c.name}`,
      `${c.summary}. Risk: ${c.risk}. Answers within ${c.timeoutMs / 1_000} s with at most ${c.resultBytesMax} bytes.`,
      args.length === 0 ? 'Takes no arguments.' : table(['argument', 'shape', 'in audit'], args),
      `Result: ${Object.keys((c.result as z.ZodObject).shape).map(code).join(', ')}.`,
      `\`\`\`sh not-run=printed\nargusctl support command UTD_7ELEVEN_001 --session rst_… --command ${c.name}${Object.keys(c.example).length > 0 ? ` --args '${JSON.stringify(c.example)}'` : ''}\n\`\`\``,
    ].join('\n\n');
  }).join('\n\n'),
};

const doorText = (door: Door): string => {
  switch (door.kind) {
    case 'open':
      return `open: ${door.why}`;
    case 'code':
      return `its own code: ${door.why}`;
    case 'scrape':
      return `the scrape token, or a caller on the machine itself: ${door.why}`;
    case 'credential':
      return 'any credential';
    case 'token':
      return 'any token; no cookie';
    case 'scope':
      return `${code(door.scope)}${door.orLogin ? ', or signed in' : ''}`;
    case 'sign_in':
      return `open to our own page: ${door.why}`;
    case 'login':
      return 'signed in';
    case 'role':
      return `signed in as ${door.roles.join(' or ')}`;
    case 'log':
      return `${door.scopes.map(code).join(' or ')}, or the tenant's own token`;
    case 'ladder':
      return `the ${door.ladder} ladder`;
    default:
      return door satisfies never;
  }
};
const shape = (schema: z.ZodType | undefined) =>
  schema instanceof z.ZodObject ? Object.entries(schema.shape as Record<string, z.ZodType>).map(([name, field]) => (field.safeParse(undefined).success ? `${name}?` : name)).join(', ') : '';

/** What a query parameter takes: its values where they are few, and the sentence of its schema. */
function takes(field: z.ZodType): readonly [string, string] {
  const { enum: values = [], description = '' } = z.toJSONSchema(field, { io: 'input', unrepresentable: 'any' });
  return [values.length <= 10 ? values.map((value) => code(String(value))).join(', ') : '', description];
}

const rows = Object.values<Route>(ROUTES);
const queried = rows.flatMap((r) => Object.entries((r.query?.shape ?? {}) as Record<string, z.ZodType>).map(([name, field]) => [code(`${r.method} ${templateOf(r.path)}`), code(name), ...takes(field)]));
const routes: Page = {
  file: 'routes.md',
  title: 'Routes',
  description: 'Every way into the ops API and who may use it.',
  text: `Each path is mounted as it stands and under \`/v1\`. Agents connect by WebSocket at \`/v1/agents/connect\`. These pages are at \`/docs\`, open to anybody; \`/llms.txt\`, \`/sitemap.md\` and \`/agents.md\` are for programs.\n\n${table(
    ['method', 'path', 'who may', 'query', 'body', 'what it does'],
    rows.map((r) => [r.method, code(templateOf(r.path)), doorText(r.door), shape(r.query), shape(r.body), r.summary]),
  )}\n\nA query parameter that is not in the table is refused with its name. The same, for programs: \`GET /openapi.json\`.\n\n## What a query takes\n\n${table(['route', 'parameter', 'values', 'meaning'], queried)}\n\nTypes of events stand in [events](events.md), codes in [errors](errors.md). A path is written here as it stands in the record of calls and in the label \`route\` of \`/metrics\`.\n\n## Answers\n\n${table(
    ['route', 'answers', 'with', 'refuses with'],
    rows.map((r) => [code(`${r.method} ${templateOf(r.path)}`), String(r.status ?? 200), r.type === undefined ? shape(r.answer) : r.type, codesOf(r).map((name) => `[${code(name)}](errors.md#${name})`).join(' ')]),
  )}\n\n## Scopes\n\n${table(['scope', 'lets'], Object.entries(SCOPES).map(([name, says]) => [code(name), says]))}\n\n## Presets\n\n${table(
    ['preset', 'scopes'],
    Object.entries(PRESETS).map(([name, scopes]) => [code(name), scopes.map(code).join(', ')]),
  )}`,
};

const anchorOf = (scope: string) => scope.replaceAll(/[^\w-]/g, '');
/** Who may what, from both sides: what a scope opens, and who is given it. */
const opens = (scope: Scope): readonly string[] =>
  rows.filter(({ door }) => (door.kind === 'scope' && door.scope === scope) || (door.kind === 'log' && (door.scopes.includes(scope) || scope === 'own_log:read')) || (door.kind === 'ladder' && scope === 'remote_support')).map((r) => `| ${code(`${r.method} ${templateOf(r.path)}`)} | ${r.summary.replaceAll('|', '\\|')} |`);
const presetsWith = (scope: Scope) => Object.entries<readonly Scope[]>(PRESETS).filter(([, scopes]) => scopes.includes(scope)).map(([name]) => `[${code(name)}](#${name})`);
const scopes: Page = {
  file: 'scopes.md',
  title: 'Scopes and presets',
  description: 'What a token may do, scope by scope and preset by preset, with the routes each of them opens.',
  text: `A personal access token carries scopes and a set of tenants, or all tenants. Nothing is implied by anything: a token may exactly what its scopes say, for exactly its tenants, and answers about all others are as if they did not exist. A preset is a name for some scopes, chosen when a token is made.\n\n## Scopes\n\n${Object.entries(SCOPES)
    .map(([name, says]) => [name as Scope, says] as const) // Object.entries loses the literal types
    .map(([name, says]) => `### ${code(name)}\n\n${says} In the presets: ${presetsWith(name).join(', ') || 'none'}.\n\n${opens(name).length === 0 ? '' : ['| route | what it does |', '| --- | --- |', ...opens(name)].join('\n')}`)
    .join('\n\n')}\n\n## Presets\n\n${Object.entries<readonly Scope[]>(PRESETS)
    .map(([name, scopes]) => `### ${code(name)}\n\n${scopes.map((scope) => `- [${code(scope)}](#${anchorOf(scope)}): ${SCOPES[scope]}`).join('\n')}`)
    .join('\n\n')}`,
};

const settings: Page = {
  file: 'settings.md',
  title: 'Settings of the ops API',
  description: 'Every environment variable the server reads. All problems are reported together at start.',
  text: `Each can also be given as \`NAME_FILE\`, the path of a file that holds it. A name that is not here stops the start.\n\n${table(
    ['setting', 'when unset', 'secret', 'meaning'],
    Object.entries(SETTINGS).map(([name, s]) => [code(name), 'fallback' in s ? (s.fallback === '' ? 'empty' : code(s.fallback)) : 'not set', 'secret' in s ? 'yes' : '', s.says]),
  )}`,
};

const events: Page = {
  file: 'events.md',
  title: 'Events',
  description: 'Every type of entry in the audit tables and the log.',
  text: `${table(['type', 'meaning'], Object.entries(EVENT_TYPES).map(([name, says]) => [code(name), says]))}\n\n## How a session ends\n\n${table(
    ['code', 'meaning'],
    Object.entries(ENDINGS).map(([name, says]) => [code(name), says]),
  )}`,
};

const siem: Page = {
  file: 'siem.md',
  title: 'Entries for a SIEM',
  description: 'How an entry of the log reads as an event of the Open Cybersecurity Schema Framework.',
  text: `\`GET /v1/tenants/{tenant}/log/export?format=ocsf\` answers one event per line: class 6003, API Activity, of OCSF ${OCSF_VERSION}. Go on with \`from\` = the last \`metadata.sequence\` + 1. A number that does not come is an entry that is not there.\n\n${table(['member', 'from the entry'], OCSF_MAPPING)}\n\n## Activities\n\n${table(
    ['activity', 'types'],
    [...Object.entries(OCSF_ACTIVITIES).map(([name, { id, types }]) => [`${id} ${name}`, types.map(code).join(', ')] as const), ['99 Other', 'all others; `activity_name` is the type']],
  )}\n\nHigh, whatever came of it: ${OCSF_HIGH.map(code).join(', ')}. An entry whose text somebody changed so that it cannot be read comes as \`unreadable\`, and is high.`,
};

const frames: Page = {
  file: 'frames.md',
  title: 'Frames',
  description: 'What crosses the channel between server and agent after the handshake.',
  text: `Protocol ${PROTOCOL_VERSION}. Recorded lines of every version in the field are in \`packages/protocol/wire\` and are parsed forever.\n\nServer to agent: ${DOWN_FRAME_TYPES.map(code).join(', ')}.\n\nAgent to server: ${UP_FRAME_TYPES.map(code).join(', ')}.\n\nA \`consistency\` shows a machine what the log has grown to, between acts; a dormant one answers it too. What it says is in its next \`heartbeat\`: \`cosignature\`, the note it was shown and its C2SP line for under it, or \`followed\`, how far it has come where the proof did not begin there.\n\nShapes: \`packages/protocol/src/frames.ts\`. Handshake and seal: \`handshake.ts\` and \`envelope.ts\` beside it, with test vectors in \`packages/protocol/vectors\`.`,
};

const tripwires: Page = {
  file: 'tripwires.md',
  title: 'Tripwires and audits',
  description: 'What Argus tells somebody of by itself, what its audit compares, and what it does in the background.',
  text: `Each firing is an entry of type \`tripwire_fired\`, in the tenant's tree where it is about a tenant, and an alert (\`GET /alerts\`). High ones are mailed at once, ordinary ones in a digest. The same about the same is counted: one alert at once, and one more with the number of the rest when its quiet time ends.\n\n${table(
    ['kind', 'severity', 'quiet', 'looks at', 'says'],
    Object.entries(TRIPWIRES).map(([name, t]) => [code(name), t.severity, `${t.quietMs / 3_600_000} h`, t.looksAt, t.says]),
  )}\n\n## What an audit can find\n\n${table(
    ['finding', 'meaning'],
    Object.entries(FINDINGS).map(([name, says]) => [code(name), says]),
  )}\n\n## Jobs\n\n${table(
    ['job', 'what it does'],
    Object.entries(JOBS).map(([name, says]) => [code(name), says]),
  )}`,
};

const rangeOf = (key: TuningKey): string => (key.kind === 'word' ? key.words.map(code).join(' or ') : `${key.least} to ${key.most} ${key.unit}`);
const tuning: Page = {
  file: 'tuning.md',
  title: 'Tuning of the agent',
  description: 'Every key the agent reads from config.yaml in its install root. A signed patch may replace that file, so there is nothing else in it.',
  text: `\`config.yaml\` is read as a flat corner of YAML: \`key: value\`, one per line, and comments. It is looked at every ${LOOK_EVERY_MS / 1_000} s, and at once on SIGHUP. A file with anything wrong in it changes nothing: the values before stay, argus.log says what is wrong, and the heartbeat carries the alarm \`config_broken\`. Keys that are not here are left alone, since the file may belong to what is supported as well; argus.log names them once.\n\n${table(
    ['key', 'when not set', 'may be', 'meaning'],
    Object.entries<TuningKey>(TUNING).map(([name, key]) => [code(name), code(String(key.fallback)), rangeOf(key), key.says]),
  )}\n\nWhat the agent believes, whom it dials, what it may do and what the owner sees is in \`trust.json\`, which no command reads and no patch reaches.`,
};

const verify: Page = {
  file: 'argus-verify.md',
  title: 'What argus-verify can find',
  description: 'Every finding of the checker that owners run on their own log, its exit code, what it means and what to do.',
  text: `The program ends with the highest exit code of what it found.\n\n${table(
    ['exit', 'means'],
    [
      ['0', 'all of it holds; what could not be told is said'],
      ['1', 'something does not hold'],
      ['2', 'what was typed cannot be done; nothing was checked'],
      ['3', 'something cannot be read or reached; nothing was checked'],
    ],
  )}\n\n${[...AREAS, AREA_OF_BUNDLES, AREA_OF_MACHINES]
    .map(({ holds, codes }) => `## ${holds.slice(0, -1)}\n\n${table(['finding', 'exit', 'says', 'means', 'what to do'], codes.map((name) => [code(name), String(exitOf(name)), CHECKED[name].says, CHECKED[name].means, CHECKED[name].next]))}`)
    .join('\n\n')}`,
};

const said = ({ caught }: Cheat, checker: Checker): string => (caught[checker] === undefined ? '' : `“${caught[checker]}”`);
const cheats: Page = {
  file: 'cheats.md',
  title: 'Cheats',
  description: 'The ways to cheat with a log that we know of, and who finds each of them. Every row is a test.',
  text: `Each row is done to a copy of a real server's record by somebody with every right on the database, and then everybody who looks at a log looks at it ([test](../../e2e/cheats.e2e.test.ts)). What stands in a cell is a part of what that one says; an empty cell means that it notices nothing, and the test holds it to that too. What each attacker can reach stands in the [threat model](../threat-model.md).\n\n${table(
    ['column', 'who looks'],
    Object.entries(CHECKERS).map(([name, says]) => [code(name), says]),
  )}\n\nThe trust file is that of one machine, exported after its last session. Where the server stops at a log that does not match its checkpoint, it hands out nothing of it, and that is what argus-verify is told.\n\n${Object.entries(ATTACKERS)
    .map(
      ([by, says]) =>
        `## ${says}\n\n${table(
          ['what it does', ...Object.keys(CHECKERS).map(code), 'remark'],
          Object.values<Cheat>(CHEATS)
            .filter((cheat) => cheat.by === by)
            .map((cheat) => [cheat.what, ...(Object.keys(CHECKERS) as Checker[]).map((checker) => said(cheat, checker)), `${Object.keys(cheat.caught).length === 0 ? '**Nobody finds it.** ' : ''}${cheat.why ?? ''}`]), // Object.keys loses the names
        )}`,
    )
    .join('\n\n')}`,
};

type CtlCommand = (typeof CTL)[number];
const ctlWords = ({ positionals }: CtlCommand) => Object.values(positionals).map(({ show, about }) => [code(show), '', about]);
const ctlFlags = ({ flags, secrets, writes }: CtlCommand) => [
  ...Object.entries(flags).map(([name, flag]) => [code(flag.value === 'switch' ? `--${name}` : `--${name} ${flag.show}`), flag.value !== 'switch' && flag.isRequired ? 'required' : '', flag.about]),
  ...secrets.map((name) => [code(`--${SECRETS[name].flag} ${SECRETS[name].show}`), '', `${SECRETS[name].about}; better ${code(SECRETS[name].env)}, ${code(`${SECRETS[name].env}_FILE`)}, or ${code('-')} for standard input`]),
  ...(writes ? [[code('--dry-run'), '', 'print the request, secrets redacted, and send nothing']] : []),
];
const ctlDetails = new Map(await Promise.all(CTL.map(async (command) => [command, (await command.details?.()) ?? []] as const)));
const ctlSection = (command: CtlCommand): string => {
  const rows = [...ctlWords(command), ...ctlFlags(command)];
  const details = ctlDetails.get(command) ?? [];
  return [
    `## argusctl ${command.name}`,
    `${command.summary}.`,
    ...(rows.length === 0 ? [] : [table(['word', '', 'meaning'], rows)]),
    ...(details.length === 0 ? [] : [`\`\`\`text\n${details.join('\n')}\n\`\`\``]),
    `\`\`\`sh\n${command.example}\n\`\`\``,
  ].join('\n\n');
};
const argusctl: Page = {
  file: 'argusctl.md',
  title: 'argusctl',
  description: "Every command of the operator's command line, its flags, and what it ends with.",
  text: `${table(
    ['command', 'what it does'],
    CTL.map(({ name, summary }) => [`[${code(name)}](#argusctl-${name.replaceAll(' ', '-')})`, summary]),
  )}\n\n## Flags of every command\n\n${table(
    ['flag', 'meaning'],
    Object.entries(GLOBAL_FLAGS).map(([name, flag]) => [code(`--${name}${'show' in flag ? (flag.show.startsWith('[') ? flag.show : ` ${flag.show}`) : ''}`), flag.about]),
  )}\n\nFlags may stand before the command or behind it. An address or a token that is named on the line comes before a profile or the demo that is named, those before the environment, and that before the profile in use. A stored token goes to the server it was made by, and to no other.\n\n## What it ends with\n\nThe exit code of a refusal is in [errors](errors.md). Beside those:\n\n${table(
    ['exit', 'means'],
    [
      ['0', 'done'],
      ['1', 'argusctl itself broke'],
      [String(EXITS.usage), 'what was typed cannot be done; nothing was sent'],
      [String(EXITS.unreachable), 'no answer'],
      [String(EXITS.unreadable), 'an answer that no ops API gives'],
      [String(EXITS.unknown_code), 'a refusal of a newer server, with a code not known here'],
      [String(EXITS.not_written), 'a file could not be written'],
      [String(EXITS.attention), 'done, and what was found wants somebody to look: `status`, `doctor`, `audit reconcile`'],
      [String(EXITS.does_not_hold), 'what was handed out is not what it claims to be: a proof that fails, a download cut short'],
    ],
  )}\n\n${CTL.map(ctlSection).join('\n\n')}`,
};

export const PAGES: readonly Page[] = [errors, commands, routes, scopes, settings, events, siem, frames, tripwires, tuning, verify, cheats, argusctl];
