/** `npm run ok`: what a person runs before every commit. No database, no browser, no process but ours. */
import { consoleTypes, flow, lint, runStages, types, unit } from './stages.ts';

await runStages([types, consoleTypes, lint, unit, flow], () => Promise.resolve());
