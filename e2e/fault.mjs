/** Loaded into a daemon before it starts, by a test alone: at SIGUSR2 a bug happens that nobody caught. */
process.on('SIGUSR2', () => {
  throw new Error(`a bug of the test, with rst_${'s'.repeat(43)} in it`);
});
