/** `npm test`: everything. The last line says how many passed and failed; a skipped test is a failure. */
import { printLongestFiles } from './longest-files.ts';
import { consoleTypes, contract, contract15, e2e, e2eTimed, flow, gates, lint, runStages, types, unit } from './stages.ts';

await runStages([types, consoleTypes, lint, unit, gates, flow, contract, contract15, e2e, e2eTimed], printLongestFiles);
