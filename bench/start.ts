/** `npm run bench`: the table of the server. `npm run bench -- <name>`: one of the others. */
const BENCHES: Readonly<Record<string, () => Promise<unknown>>> = {
  idle: () => import('./agent-idle.ts').then(({ benchIdle }) => benchIdle()), //             an idle agent
  log: () => import('./log.ts').then(({ benchLog }) => benchLog()), //                       a million entries
  crashes: () => import('./crashes.ts').then(({ benchCrashes }) => benchCrashes()), //       the server killed a hundred times
  witness: () => import('./witness.ts').then(({ benchWitness }) => benchWitness()), //       ten thousand agents that follow a log
  console: () => import('./console.ts').then(({ benchConsole }) => benchConsole()), //       fifty thousand agents in a browser
  'sign-in': () => import('./sign-in.ts').then(({ benchSignIn }) => benchSignIn()), //        can it be told who has an account
};
const [, , name] = process.argv;
if (name === undefined) await import('./main.ts');
else if (Object.hasOwn(BENCHES, name)) await BENCHES[name]?.();
else throw new Error(`There is no bench ${name}. There are ${Object.keys(BENCHES).join(', ')}, and without a name that of the server.`);
