/** The only file that sees the browser's own objects at start. */
import { keepShell } from './adapters/worker.ts'; // first: its policy is the only one there will be
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import './proof/start.ts'; // it makes the one policy there may be, before anything else runs

const root = document.getElementById('console');
if (!root) throw new Error('The page has no place for the console.');
createRoot(root).render(<App />);
keepShell();
