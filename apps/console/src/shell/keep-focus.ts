/**
 * What had the focus may be gone: a link one has followed, a row one has dealt with. A browser then begins again at the top of
 * everything; here one goes on in the page.
 */
export function keepFocus(): () => void {
  let last: EventTarget | null = null;
  const came = (event: FocusEvent) => void (last = event.target);
  document.addEventListener('focusin', came);
  const changes = new MutationObserver(() => {
    if (!(last instanceof Node) || last.isConnected || document.activeElement !== document.body) return;
    last = null;
    document.getElementById('main')?.focus({ preventScroll: true });
  });
  changes.observe(document.body, { childList: true, subtree: true });
  return () => {
    document.removeEventListener('focusin', came);
    changes.disconnect();
  };
}
