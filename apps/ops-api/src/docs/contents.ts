/**
 * The order of the pages, for people. A page that no section names stands at the end of the section that has its folder, so
 * a new one is reachable from the day it is written.
 */
export type Section = {
  readonly name: string;
  readonly says: string;
  /** As the files are called, without `.md`. */
  readonly pages: readonly string[];
  /** Pages of these folders that nobody placed. */
  readonly folders?: readonly string[];
  /** In the navigation only these; the others are reached from the first of them. */
  readonly shows?: readonly string[];
};

export const HOME = 'index';
/** A list of all decisions, made from their files. */
export const DECISIONS = 'adr';

export const CONTENTS: readonly Section[] = [
  { name: 'Begin', says: 'What Argus is, a first session with it, and its pages in a browser.', pages: [HOME, 'guides/first-steps', 'guides/console'] },
  {
    name: 'Remote support',
    says: 'The tasks of an operator, in the order in which they come up.',
    pages: ['remote-support', 'remote-support/arm-disarm', 'remote-support/remote-in', 'remote-support/camera-live-view', 'remote-support/revoke', 'remote-support/security-model'],
    folders: ['remote-support/'],
  },
  {
    name: 'For owners of machines',
    says: 'What is done on your machines, how to stop it, and how to check the record of it yourself.',
    pages: ['guides/on-the-owners-machine', 'guides/sign-consent', 'guides/check-the-log', 'guides/run-the-agent'],
  },
  {
    name: 'Guides for operators',
    says: 'Running the server, bringing machines in, and reading what was done.',
    pages: ['guides/run-a-server', 'guides/people', 'guides/enroll-a-machine', 'guides/session-room', 'guides/view-a-camera', 'guides/patch-a-machine', 'guides/read-the-log', 'guides/revoke-a-machine'],
    folders: ['guides/'],
  },
  { name: 'Command line', says: 'What can be typed.', pages: ['cli/tenant', 'cli/agent', 'cli/support'], folders: ['cli/'] },
  {
    name: 'Reference',
    says: 'Printed from the code, so that it is what the code says.',
    pages: ['reference/errors', 'reference/commands', 'reference/routes', 'reference/scopes', 'reference/settings', 'reference/events'],
    folders: ['reference/'],
  },
  { name: 'How it is built', says: 'Why it can be trusted, and where that ends.', pages: ['threat-model', 'FLOW', 'glossary', DECISIONS], folders: [''], shows: ['adr/'] },
];
