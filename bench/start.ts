/** `npm run bench`: the table of the server. `npm run bench -- idle`: the one of an idle agent. */
if (process.argv[2] === 'idle') await import('./agent-idle.ts').then(({ benchIdle }) => benchIdle());
else await import('./main.ts');
