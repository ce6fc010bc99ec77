/**
 * `npm start`: the whole of Argus with demo data. Starts the ops API (and through it the embedded database), makes the
 * demo's tenants and agents through the public API as anybody would, starts the agents, and says what to type next.
 */
import { startDemo } from './demo/demo.ts';

await startDemo(process.env);
