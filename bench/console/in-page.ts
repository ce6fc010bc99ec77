/** What is measured inside the page, as text: it runs in the browser, before anything of the page does. */

/** Each interaction as the browser counts it: from the key or the button to the next frame. And a way to wait for what a person waits for. */
export const WATCH = `
window.__durations = [];
new PerformanceObserver((list) => { for (const e of list.getEntries()) window.__durations.push(e.duration); }).observe({ type: 'event', durationThreshold: 16, buffered: true });
addEventListener('keydown', (e) => { window.__from = e.timeStamp; }, true);
addEventListener('pointerdown', (e) => { window.__from = e.timeStamp; }, true);
window.__stateOf = (n) => document.querySelector('a[href="#/agents/agent_site_' + String(n).padStart(5, '0') + '"]')?.closest('tr').querySelector('.badge').textContent.trim();
window.__until = (is) => new Promise((done) => { const look = () => (is() ? done(performance.now() - window.__from) : requestAnimationFrame(look)); look(); });
`;

/** A flick of the wheel for a second: the longest that a frame took. */
export const SCROLL = (selector: string) => `new Promise((done) => {
  const box = document.querySelector(${JSON.stringify(selector)});
  let last = performance.now(), longest = 0, frames = 0;
  const step = () => { const now = performance.now(); if (frames > 1) longest = Math.max(longest, now - last); last = now; box.scrollTop += 400; if (++frames < 60) requestAnimationFrame(step); else done(longest); };
  requestAnimationFrame(step);
})`;

/** The events of an hour, as fast as they are digested: the stream of the console is the one that is told. */
export const HOLD_STREAM = `
const Real = window.EventSource;
window.EventSource = class extends Real { constructor(...args) { super(...args); window.__stream = this; } };
window.__tell = (topics) => window.__stream.dispatchEvent(new MessageEvent('changed', { data: topics }));
`;
