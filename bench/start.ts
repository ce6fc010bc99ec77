/** `npm run bench`: the table of the server. `-- idle`: an idle agent. `-- log`: a million entries. `-- crashes`: the server killed a hundred times. */
if (process.argv[2] === 'idle') await import('./agent-idle.ts').then(({ benchIdle }) => benchIdle());
else if (process.argv[2] === 'log') await import('./log.ts').then(({ benchLog }) => benchLog());
else if (process.argv[2] === 'crashes') await import('./crashes.ts').then(({ benchCrashes }) => benchCrashes());
else await import('./main.ts');
