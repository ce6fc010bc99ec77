/** `npm run bench`: the table of the server. `npm run bench -- idle`: the one of an idle agent. `… witness`: who follows the log. */
if (process.argv[2] === 'idle') await import('./agent-idle.ts').then(({ benchIdle }) => benchIdle());
else if (process.argv[2] === 'witness') await import('./witness.ts').then(({ benchWitness }) => benchWitness());
else await import('./main.ts');
