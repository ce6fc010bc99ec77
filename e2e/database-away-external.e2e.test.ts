/** The same as with a PostgreSQL of our own, where somebody else looks after it. */
import { databaseAway } from './database-away.ts';

databaseAway('external');
