/** The agent's timers never hold the process; being a daemon does. The answer lets it go, and ends it if a peer will not. */
export function stayAlive(): (graceMs: number) => void {
  const timer = setInterval(() => undefined, 3_600_000);
  return (graceMs) => {
    clearInterval(timer);
    setTimeout(() => process.exit(), graceMs).unref();
  };
}
