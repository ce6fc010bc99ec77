/** Every page: its address, its place in the rail, and what one has to be able to do to be shown it. The server decides all the same. */
import type { ComponentType } from 'react';

export type PageProps = { readonly named: Readonly<Record<string, string>>; readonly query: URLSearchParams };
export type Group = 'MONITOR' | 'REMOTE SUPPORT' | 'DATA & ADMIN';
export type PageRow = {
  readonly path: string;
  readonly title: string;
  readonly rail?: { readonly group: Group; readonly icon: IconName };
  /** Not in the rail, and found by the search all the same. */
  readonly isFound?: true;
  /** One of these scopes; none named: for everybody who is signed in. */
  readonly scopes?: readonly string[];
  /** What is on it is of all tenants together: for nobody who is bound to some. */
  readonly ofAllTenants?: true;
  readonly help: readonly string[];
  readonly load: () => Promise<ComponentType<PageProps>>;
};
export type IconName = 'tenants' | 'agents' | 'sessions' | 'audit' | 'alerts' | 'health' | 'check' | 'tokens' | 'calls' | 'person';

export const PAGES: readonly PageRow[] = [
  {
    path: '/tenants',
    title: 'Tenants',
    rail: { group: 'REMOTE SUPPORT', icon: 'tenants' },
    scopes: ['tenants:read'],
    help: [
      'A tenant is somebody whose machines you support. Nothing can be done on them before the tenant has signed, and you have armed the tenant.',
      'ARM says that you vouch for the signed document on record. It opens the tenant for sessions and ends by itself after 30 days.',
      'DISARM closes the tenant at once and ends any live session.',
    ],
    load: () => import('./pages/tenants.tsx').then((page) => page.TenantsPage),
  },
  {
    path: '/tenants/:tenant',
    title: 'Tenant',
    scopes: ['tenants:read'],
    help: [
      'The consent is what the tenant signed: which document, who, until when, and how far it goes.',
      'Tenant-signed means that the machines themselves check it against a key the tenant keeps. Recorded means that we wrote it down.',
    ],
    load: () => import('./pages/tenant.tsx').then((page) => page.TenantPage),
  },
  {
    path: '/tenants/:tenant/consent',
    title: 'Consent',
    scopes: ['tenants:read'],
    help: [
      'What the tenant signed, as it stands in the log: the document by its hash, who signed, and how far it goes.',
      'Withdrawing disarms the tenant and ends any live session. There is no way to open anything without a consent.',
    ],
    load: () => import('./pages/consent.tsx').then((page) => page.ConsentPage),
  },
  {
    path: '/tenants/:tenant/consent/record',
    title: 'Record a consent',
    scopes: ['consent:write'],
    help: [
      'Recording says that the tenant signed a document: which one, by its SHA-256, who signed it, and how far it goes. The document itself stays on your machine.',
      'A receipt is a consent the tenant signed with a key of its own. It says how far it goes, and the machines check it themselves: nothing here can widen it.',
      'Recording opens nothing, and another consent than the one on record disarms the tenant. Arming is the next step, and asserts this very document.',
    ],
    load: () => import('./pages/record-consent.tsx').then((page) => page.RecordConsentPage),
  },
  {
    path: '/tenants/:tenant/activity',
    title: 'Activity',
    scopes: ['logs:read'],
    help: ['Everything that was done at this tenant, in plain words, from the tenant’s own log. Refusals are in it too.', 'A sign-in that is bound to one tenant sees that tenant and no other.'],
    load: () => import('./pages/activity.tsx').then((page) => page.ActivityPage),
  },
  {
    path: '/agents',
    title: 'Agents',
    rail: { group: 'MONITOR', icon: 'agents' },
    scopes: ['tenants:read'],
    help: [
      'An agent runs on a machine of the tenant and dials out to this server. It cannot be started or woken from here.',
      'What it says it can do is shown with its age; it is a description, and opens nothing.',
    ],
    load: () => import('./pages/agents.tsx').then((page) => page.AgentsPage),
  },
  {
    path: '/enroll',
    title: 'Enroll a machine',
    isFound: true,
    scopes: ['agents:enroll'],
    help: ['A code brings one machine in, once, within 24 hours. It also says which log key the machine trusts.', 'The code is shown on this page only; for the same id another can be made until a machine has used one.'],
    load: () => import('./pages/enroll.tsx').then((page) => page.EnrollPage),
  },
  {
    path: '/agents/:agent',
    title: 'Agent',
    scopes: ['tenants:read'],
    help: ['Online means that the agent holds its line to this server now.', 'Revoking is for good: the id is never used again.'],
    load: () => import('./pages/agent.tsx').then((page) => page.AgentPage),
  },
  {
    path: '/sessions',
    title: 'Sessions',
    rail: { group: 'REMOTE SUPPORT', icon: 'sessions' },
    help: ['One operator, one agent, one reason, at most 120 minutes. Everybody sees those of their tenants, and may watch one that is open. A session that is over can be replayed step by step, with its proofs.'],
    load: () => import('./pages/sessions.tsx').then((page) => page.SessionsPage),
  },
  {
    path: '/sessions/:session',
    title: 'Session',
    scopes: ['remote_support', 'logs:read'],
    help: [
      'While a session is open this is its room. The sign-in that opened it acts: one form for each command, and only what the tenant consented to. Everybody else watches.',
      'Each step is read from the entries of the tenant’s log and checked in this browser. What a machine answered is shown to whoever asked and is kept nowhere.',
      'END SESSION ends it at once. It also ends when its time is up, when the tenant switches it off, and when whoever opened it signs out.',
    ],
    load: () => import('./pages/session.tsx').then((page) => page.SessionPage),
  },
  {
    path: '/sessions/:session/replay',
    title: 'Replay',
    scopes: ['remote_support', 'logs:read'],
    help: [
      'A session step by step, as the tenant’s log has it: what was asked, by whom, and what came of it. Left and right arrow go from step to step, the space bar plays, Home and End go to its ends.',
      'Each step is checked in this browser: its entries stand under the signed checkpoint, the machine signed what it is said to have answered, and what you see is what those entries say.',
      'What a machine answered is not in the log. Its digest and its signature are.',
    ],
    load: () => import('./pages/replay.tsx').then((page) => page.ReplayPage),
  },
  {
    path: '/audit',
    title: 'Audit',
    rail: { group: 'DATA & ADMIN', icon: 'audit' },
    scopes: ['logs:read'],
    help: [
      'What was tried, by whom, and what came of it, refusals included. Looking here is on record as well.',
      'A view is its address: send it to somebody, or give it a name. Open a row to see its entry in the tenant’s log, and the proof that it stands there.',
    ],
    load: () => import('./pages/audit.tsx').then((page) => page.AuditPage),
  },
  {
    path: '/audit/check',
    title: 'Check a log',
    isFound: true,
    scopes: ['logs:read'],
    help: [
      'All entries of a tenant’s log are read and checked in this browser: that none was changed, added or taken away, that machines signed their answers, and that what the log tells is in order.',
      'A trust file from a machine of the tenant ties the log to what that machine has seen. Without one the log is only shown to agree with itself and with its signatures.',
      'argus-verify does the same on a machine of your own, and depends on nothing this server says.',
    ],
    load: () => import('./pages/check-log.tsx').then((page) => page.CheckLogPage),
  },
  {
    path: '/alerts',
    title: 'Alerts',
    rail: { group: 'MONITOR', icon: 'alerts' },
    scopes: ['logs:read'],
    help: ['A tripwire fired, or the nightly audit found something. An alert stays until somebody says why it needs nothing more.', 'Below the alerts stands what Argus watches for by itself, and what each tripwire means.'],
    load: () => import('./pages/alerts.tsx').then((page) => page.AlertsPage),
  },
  {
    path: '/auditor',
    title: 'Auditor',
    rail: { group: 'MONITOR', icon: 'check' },
    scopes: ['logs:read'],
    ofAllTenants: true,
    help: [
      'Whatever happens is written three times, together: a row of the audit, an event, and an entry of the tenant’s log. Every night all of it is read again and compared, and the log is held against its signed checkpoints.',
      'An audit compares all tenants, so only those who may see all of them see its results.',
    ],
    load: () => import('./pages/auditor.tsx').then((page) => page.AuditorPage),
  },
  {
    path: '/health',
    title: 'System health',
    rail: { group: 'MONITOR', icon: 'health' },
    help: ['What the server says of itself: whether each part it needs is well, and for those who may see all tenants what it is busy with, which versions run, and when its jobs are due.'],
    load: () => import('./pages/health.tsx').then((page) => page.HealthPage),
  },
  {
    path: '/settings/tokens',
    title: 'Access tokens',
    rail: { group: 'DATA & ADMIN', icon: 'tokens' },
    help: ['A token lets argusctl or a program act for you, and never more than you may yourself. Revoking it ends what was opened with it.'],
    load: () => import('./pages/tokens.tsx').then((page) => page.TokensPage),
  },
  {
    path: '/settings/audit',
    title: 'API calls',
    rail: { group: 'DATA & ADMIN', icon: 'calls' },
    scopes: ['logs:read'],
    help: [
      'One row for each call that came with a name: whose it was, by which token or sign-in, from which address, and how it was answered. Kept for a year.',
      'The body of a call is not kept, only its SHA-256. What was done with it stands in the audit and in the tenant’s log.',
    ],
    load: () => import('./pages/calls.tsx').then((page) => page.CallsPage),
  },
  {
    path: '/handoff',
    title: 'Sign in argusctl',
    help: [
      'argusctl login --browser leads here. What you approve is a token of yours, made when argusctl comes for it, and never more than you may yourself.',
      'The code that goes back is good once, for a minute, and only for the program that asked. It is sent to this machine and to no other.',
    ],
    load: () => import('./pages/handoff.tsx').then((page) => page.HandoffPage),
  },
  {
    path: '/settings/users',
    title: 'Users',
    rail: { group: 'DATA & ADMIN', icon: 'person' },
    scopes: ['pats:write'], // owners and admins
    help: ['Invite people, change what they may do, and end what they have open. There is always one owner at least.'],
    load: () => import('./pages/users.tsx').then((page) => page.UsersPage),
  },
  {
    path: '/profile',
    title: 'Profile',
    isFound: true,
    help: ['Your own second factor, password, recovery codes, and where you are signed in.'],
    load: () => import('./pages/profile.tsx').then((page) => page.ProfilePage),
  },
];
