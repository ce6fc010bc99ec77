/** Brings node_modules in step with the lockfile, and says what it is doing while it does it. */
import { spawn } from 'node:child_process';
import { accessSync, constants, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { isInStep, writeStamp } from './in-step.mjs';
import { tryLock } from './install-lock.mjs';
import { platformProblems } from './platform-packages.mjs';
import { Refusal } from './refusal.mjs';

const EVERY_MS = 5_000;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const isReady = (root) => isInStep(root) && platformProblems(root).length === 0;

export async function ensureInstalled(root, say) {
  if (isReady(root)) return;
  refuseUnwritable(root);
  const lock = await waitForLock(root, say);
  if (lock === null) return;
  try {
    const started = Date.now();
    say('Installing packages (npm ci); the first time this takes about half a minute.');
    await npmCi(root, lock, (seconds) => say(`Still installing packages, ${seconds} s so far.`));
    mkdirSync(join(root, 'node_modules'), { recursive: true });
    const problems = platformProblems(root);
    if (problems.length > 0) {
      throw new Refusal(
        `npm said all is well, but ${problems.join(', and ')}. ` +
          'Check that the registry is reachable, then run `npm ci --include=optional` and try again.',
      );
    }
    writeStamp(root);
    say(`Packages are installed (${Math.round((Date.now() - started) / 1_000)} s).`);
  } finally {
    lock.release();
  }
}

/** Null when somebody else finished the work while we waited. */
async function waitForLock(root, say) {
  for (let waited = 0; ; waited += 500) {
    const lock = tryLock(root);
    if (lock.held) {
      if (!isReady(root)) return lock;
      lock.release();
      return null;
    }
    if (waited % EVERY_MS === 0) say(`Process ${lock.by} is installing packages in this checkout; waiting for it.`);
    await pause(500);
  }
}

function refuseUnwritable(root) {
  try {
    accessSync(root, constants.W_OK);
    mkdirSync(join(root, 'node_modules'), { recursive: true });
    accessSync(join(root, 'node_modules'), constants.W_OK);
  } catch (error) {
    throw new Refusal(
      `The packages in ${join(root, 'node_modules')} are missing or out of step, and we may not write there ` +
        `(${error.code}). ` +
        'Run `npm ci` as the owner of this checkout, or copy it to a place you can write to.',
    );
  }
}

const BENDING =
  'workspaces?|include_workspace_root|omit|include|only|dev|production|global|location|' +
  'prefix|local_prefix|dry_run|loglevel|silent|package_lock|json';

/** Under `npm start` the outer npm's settings are in our environment, and some of them would bend the inner one. */
function cleanEnvironment() {
  const bends = new RegExp(`^npm_(lifecycle|package)_|^npm_command$|^npm_config_(${BENDING})$`, 'i');
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !bends.test(name) && name !== 'NODE_ENV'));
}

function npmCommand() {
  const outer = process.env.npm_execpath;
  if (outer && /npm-cli\.c?js$/.test(outer)) return [process.execPath, [outer]];
  return [process.platform === 'win32' ? 'npm.cmd' : 'npm', []];
}

async function npmCi(root, lock, tick) {
  const [command, before] = npmCommand();
  const flags = ['ci', '--no-audit', '--no-fund', '--include=dev', '--include=optional'];
  const child = spawn(command, [...before, ...flags], {
    cwd: root,
    env: cleanEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32',
  });
  if (child.pid !== undefined) lock.with(child.pid);
  const lines = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      lines.push(...text.split('\n').filter((line) => line.replace('npm error', '').trim() !== ''));
      lines.splice(0, lines.length - 500);
    });
  }
  let seconds = 0;
  const ticking = setInterval(() => tick((seconds += EVERY_MS / 1_000)), EVERY_MS);
  // Told to stop in the middle: npm goes first, so that the lock does not outlive the work.
  let told = null;
  const stop = (signal) => {
    told = signal;
    child.kill(signal);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, stop);
  const ended = await new Promise((resolve) => {
    child.on('error', (error) => resolve({ error }));
    child.on('close', (code, signal) => resolve({ code, signal }));
  });
  clearInterval(ticking);
  for (const signal of signals) process.off(signal, stop);
  if (told !== null) {
    lock.release();
    process.kill(process.pid, told);
    await pause(1_000);
  }
  if (ended.error?.code === 'ENOENT') {
    throw new Refusal(
      'Packages have to be installed and there is no npm on PATH. Install npm (it comes with Node.js) and try again.',
    );
  }
  if (ended.code === 0) return;
  const why = ended.error ? ended.error.message : ended.signal ? `ended by ${ended.signal}` : `exit code ${ended.code}`;
  const outOfStep = lines.some((line) => line.includes('package.json and package-lock.json'));
  throw new Refusal(
    [
      ...tellingLines(lines).map((line) => `  ${line}`),
      `Installing packages failed (${why}); npm's own words are above. ` +
        (outOfStep
          ? 'package.json and package-lock.json disagree: run `npm install`, look at the change, and commit the ' +
            'lockfile.'
          : 'If the network or the registry was the cause, run the same command again.'),
    ].join('\n'),
  );
}

/** Some of npm's messages start with the cause and go on with a page of usage, others end with it. */
function tellingLines(lines) {
  const errors = lines.filter((line) => line.startsWith('npm error'));
  const telling = errors.length > 0 ? errors : lines;
  return telling.length <= 24 ? telling : [...telling.slice(0, 8), '…', ...telling.slice(-8)];
}
