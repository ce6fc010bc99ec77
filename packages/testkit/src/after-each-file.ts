/**
 * Run by Vitest for each file of unit and flow. Modules of unit tests are loaded once per worker: a hook that stands in a
 * module they share would run after the first file alone, so such modules say atTheEndOfTheFile instead.
 */
import { afterAll } from 'vitest';
import { putAway } from './end-of-file.ts';

afterAll(putAway);
