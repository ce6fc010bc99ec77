// Runs before anything is painted, so that a page does not flash in the other theme. Without it, the system decides.
try {
  const chosen = localStorage.getItem('argus-theme');
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen;
} catch {
  // Storage may be closed to us; then the system decides.
}
