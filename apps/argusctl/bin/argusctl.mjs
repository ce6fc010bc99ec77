#!/usr/bin/env node
/**
 * Where argusctl begins. Plain JavaScript, so that the compiled form of everything else can be kept: taking the types off
 * our own files anew takes longer than most of what we do. It is kept in a folder of this user's alone, or not at all,
 * since what lies in it is run.
 */
import * as node from 'node:module';

// First of all: secrets given as flags leave the process list.
process.title = 'argusctl';
if (Number.parseInt(process.versions.node, 10) < 24) {
  process.stderr.write(`argusctl: This is Node.js ${process.versions.node}, and argusctl needs 24 or newer. In a checkout, npm run argusctl -- … brings its own.\n`);
  process.exit(2);
}
const { XDG_CACHE_HOME: cache, HOME: home } = process.env;
const folder = cache || (home && `${home}/.cache`);
if (folder) node.enableCompileCache(`${folder}/argus/compiled`);
await import('../src/main.ts');
