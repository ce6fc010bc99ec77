/** The only file that sees the browser's own objects at start. */
import { keepShell } from './adapters/worker.ts'; // first: its policy is the only one there will be
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { nameChecker } from './proof/start.ts';

const root = document.getElementById('console');
if (!root) throw new Error('The page has no place for the console.');
nameChecker(root.dataset['checker']); // before anything that was typed is in the page
createRoot(root).render(<App />);
keepShell();
