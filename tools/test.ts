/** `npm test`: everything. The last line says how many passed and failed; a skipped test is a failure. */
import { printLongestFiles } from './longest-files.ts';
import { consoleTypes, contract, contract15, e2e, e2eTimed, flow, gates, lint, runStages, types, unit, unitLong } from './stages.ts';

await runStages([types, consoleTypes, lint, unit, unitLong, gates, flow, contract, contract15, e2e, e2eTimed], printLongestFiles);
