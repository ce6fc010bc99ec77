import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../stages.ts';
import { AGENTS, enrollmentCode, makeInstallRoot, seedTenants, TENANTS, type DemoAgent } from './seed.ts';
import { buildConsole } from '@argus/console/build.ts';
import { writePrivateFile } from '@argus/ops-api/adapters/data-dir/private-file.ts';
import { namedOrigin } from '@argus/ops-api/passkeys/site.ts';
import { databaseSettings } from './database.ts';
import { startPart, type Part } from './processes.ts';
import { demoPats, demoPlace, demoSecrets, type DemoPats, type DemoPlace, type DemoSecrets } from './settings.ts';

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const since = Date.now();
const step = (line: string): void => say(`${((Date.now() - since) / 1_000).toFixed(1).padStart(6)} s  ${line}`);

type Demo = { readonly place: DemoPlace; readonly secrets: DemoSecrets & DemoPats; readonly url: string; readonly logs: string; readonly ownerLink: string | null };
const AGENT_ONLINE_MS = 30_000;
const API_UP_MS = 120_000;

export async function startDemo(given: NodeJS.ProcessEnv): Promise<void> {
  const parts: Part[] = [];
  const leave = wishToLeave();
  try {
    const place = await demoPlace(given);
    const secrets = await demoSecrets(place.dataDir);
    const env = await databaseSettings(given, place.dataDir);
    const logs = join(place.dataDir, 'logs');
    mkdirSync(logs, { recursive: true, mode: 0o700 });

    await buildConsole();
    step(`starting the database and the ops API (data in ${place.dataDir})`);
    const { url } = await startApi(env, { place, secrets, logs }, parts);

    step('making tenants, consent and agents, through the API');
    const pats = await demoPats(place.dataDir, (who) => issuePat(apiEnv(env, { place, secrets }), who));
    const ownerLink = await firstOwnerLink(apiEnv(env, { place, secrets }), url);
    const demo: Demo = { place, secrets: { ...secrets, ...pats }, url, logs, ownerLink };
    await seedTenants({ url, pat: pats.pat });
    const running: DemoAgent[] = [];
    for (const agent of AGENTS) if (await startAgent(demo, agent, parts)) running.push(agent);
    await untilOnline(demo, running);
    await writeDemoFile(demo);
    sayWhatNext(demo);

    const why = await Promise.race([leave, ...parts.map((part) => part.gone)]);
    if (why !== 'asked') {
      say(`\n${why}\n\nOne part is gone, so everything stops. Logs: ${logs}. Start again with: npm start`);
      process.exitCode = 1;
    }
    say('\nstopping');
  } catch (problem) {
    say(`\n${problem instanceof Error ? problem.message : String(problem)}`);
    process.exitCode = 1;
  } finally {
    for (const part of parts.toReversed()) await part.stop();
    step('everything has stopped; the data stays');
    process.disconnect?.();
  }
}

/** Ctrl-C, SIGTERM, a closed terminal, or the end of the npm process above us. */
function wishToLeave(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve('asked'));
    process.on('disconnect', () => resolve('asked'));
    process.channel?.unref();
  });
}

const apiEnv = (env: NodeJS.ProcessEnv, { place, secrets }: { place: DemoPlace; secrets: DemoSecrets }): NodeJS.ProcessEnv => ({
  ...env,
  ARGUS_DATA_DIR: place.dataDir,
  ARGUS_LISTEN: `${hostOf(place)}:${place.port}`,
  ARGUS_MASTER_KEY_FILE: join(place.dataDir, 'secrets', 'master.key'),
  ARGUS_OPS_TOKEN: env['ARGUS_OPS_TOKEN'] ?? secrets.opsToken,
  REMOTE_SUPPORT_ONE_CLICK: env['REMOTE_SUPPORT_ONE_CLICK'] ?? 'on',
  REMOTE_SUPPORT_ENABLED: env['REMOTE_SUPPORT_ENABLED'] ?? 'on',
  REMOTE_SUPPORT_OPERATOR_CIDRS: env['REMOTE_SUPPORT_OPERATOR_CIDRS'] ?? '127.0.0.0/8,::1/128',
});
const hostOf = ({ host }: DemoPlace) => (host.includes(':') ? `[${host}]` : host);

/** As an administrator at the server would, beside the running ops API. */
async function issuePat(env: NodeJS.ProcessEnv, { operator, preset }: { operator: string; preset: string }): Promise<string> {
  const args = [join(ROOT, 'apps/ops-api/src/main.ts'), 'new-pat', '--operator', operator, '--preset', preset, '--days', '365', '--name', 'demo'];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env });
  return (JSON.parse(stdout) as { pat: string }).pat;
}

/** The same, for a person, while there is no owner: the API itself may have been given a port by the machine. */
async function firstOwnerLink(env: NodeJS.ProcessEnv, url: string): Promise<string | null> {
  const { stdout } = await promisify(execFile)(process.execPath, [join(ROOT, 'apps/ops-api/src/main.ts'), 'owner-link', '--first'], { env });
  const { owner_login_url: made } = JSON.parse(stdout) as { owner_login_url: string | null };
  if (made === null) return null;
  const link = new URL(made);
  return env['ARGUS_PUBLIC_URL'] === undefined ? new URL(link.hash, namedOrigin(url)).href : link.href;
}

async function startApi(
  env: NodeJS.ProcessEnv,
  { place, secrets, logs }: { place: DemoPlace; secrets: DemoSecrets; logs: string },
  parts: Part[],
): Promise<{ api: Part; url: string }> {
  const api = startPart({ name: 'ops API', script: 'apps/ops-api/src/main.ts', logFile: join(logs, 'ops-api.log'), env: apiEnv(env, { place, secrets }) });
  parts.push(api);
  const port = await Promise.race([
    new Promise<number>((resolve) => api.messages((message) => resolve((message as { listening: { port: number } }).listening.port))),
    api.gone.then((why) => {
      throw new Error(why);
    }),
    timeout(API_UP_MS, `The ops API is not up after ${API_UP_MS / 1_000} s. Look into ${logs}/ops-api.log.`),
  ]);
  return { api, url: `http://${hostOf(place)}:${port}` };
}

/** False: this one does not run. */
async function startAgent({ place, secrets, url, logs }: Demo, agent: DemoAgent, parts: Part[]): Promise<boolean> {
  const { code, isRevoked } = await enrollmentCode({ url, pat: secrets.pat }, agent);
  const state = join(place.dataDir, 'agents', agent.id);
  const installRoot = join(state, 'install');
  if (!agent.starts || isRevoked) return false;
  makeInstallRoot(installRoot, agent);
  const asRoot = process.getuid?.() === 0 ? ['--allow-root'] : [];
  const run = (args: readonly string[]) =>
    startPart({
      name: agent.id,
      script: 'apps/agent/src/main.ts',
      args: [...args, '--state', join(state, 'state'), ...asRoot],
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
      logFile: join(logs, `${agent.id}.log`),
    });
  if (code !== null) {
    const [codeFile, cameras] = [join(state, 'enrollment-code'), join(state, 'cameras.json')];
    writeFileSync(codeFile, code, { mode: 0o600 });
    writeFileSync(cameras, JSON.stringify(agent.cameras));
    const ended = await run(['enroll', '--server', url, '--code-file', codeFile, '--install-root', installRoot, '--cameras', cameras]).gone;
    rmSync(codeFile);
    if (!ended.includes('exit code 0')) throw new Error(`${agent.id} could not be enrolled. ${ended}`);
  }
  parts.push(run(['run']));
  return true;
}

/** Until every agent that was started is on its line. */
async function untilOnline({ url, secrets }: Demo, running: readonly DemoAgent[]): Promise<void> {
  step('waiting for the agents to dial in');
  for (let waited = 0; waited < AGENT_ONLINE_MS; waited += 100) {
    if ((await agentStates({ url, secrets })).filter((a) => a.online).length >= running.length) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('The demo agents did not come online. Their logs are in the logs folder of the data dir.');
}

async function agentStates({ url, secrets }: Pick<Demo, 'url' | 'secrets'>): Promise<readonly { id: string; tenant_id: string; online: boolean }[]> {
  const answer = await fetch(new URL('/v1/agents', url), { headers: { authorization: `Bearer ${secrets.pat}` } });
  const { agents } = (await answer.json()) as { agents: readonly { id: string; tenant_id: string; state: string }[] };
  return AGENTS.flatMap(({ id }) => agents.filter((a) => a.id === id)).map((a) => ({ id: a.id, tenant_id: a.tenant_id, online: a.state === 'online' }));
}

/** What a person, or a script, needs to go on. Whole or not at all, and only for us to read. */
async function writeDemoFile(demo: Demo): Promise<void> {
  const { place, secrets, url } = demo;
  const agents = (await agentStates(demo)).map((agent) => ({ ...agent, install_root: join(place.dataDir, 'agents', agent.id, 'install') }));
  const content = {
    url,
    console_url: new URL('/', namedOrigin(url)).href,
    owner_login_url: demo.ownerLink, // null once there is an owner
    pat: secrets.pat,
    operator_pat: secrets.operatorPat,
    ops_token: process.env['ARGUS_OPS_TOKEN'] ?? secrets.opsToken,
    tenants: TENANTS.map(({ id, name, consent, armed }) => ({ id, name, consent, armed })),
    agents,
    data_dir: place.dataDir,
  };
  const file = join(place.dataDir, 'demo.json');
  await writePrivateFile(file, `${JSON.stringify(content, null, 2)}\n`);
}

function sayWhatNext({ place, url, ownerLink }: Demo): void {
  step('ready');
  const demo = place.dataDir === join(process.cwd(), '.argus') ? '--demo' : `--demo ${place.dataDir}`;
  say(`
Argus is up at ${namedOrigin(url)}. Keys and ids for scripts: ${join(place.dataDir, 'demo.json')}
The console: ${ownerLink === null ? '' : 'open owner_login_url of that file in a browser, once, and choose a password; from then on '}${namedOrigin(url)}/
Guides and reference, from this very server: ${namedOrigin(url)}/docs

In another terminal:
  npm run --silent argusctl -- ${demo} agent ls
  npm run --silent argusctl -- ${demo} agent activate ${AGENTS[0]?.id} --tenant ${TENANTS[0].id} --reason "first look"
  npm run --silent argusctl -- ${demo} support command ${TENANTS[0].id} --session rst_… --command ping
  npm run --silent argusctl -- ${demo} support view-camera ${TENANTS[0].id} --session rst_… --camera ${AGENTS[0]?.cameras[0]?.id} --out entrance.jpg

Ctrl-C stops everything; the data stays for the next start.`);
}

const timeout = (ms: number, sentence: string) =>
  new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error(sentence)), ms).unref();
  });
