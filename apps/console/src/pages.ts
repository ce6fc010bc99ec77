/** Every page: its address, its place in the rail, and what one has to be able to do to be shown it. The server decides all the same. */
import type { ComponentType } from 'react';

export type PageProps = { readonly named: Readonly<Record<string, string>>; readonly query: URLSearchParams };
export type Group = 'MONITOR' | 'REMOTE SUPPORT' | 'DATA & ADMIN';
export type PageRow = {
  readonly path: string;
  readonly title: string;
  readonly rail?: { readonly group: Group; readonly icon: IconName };
  /** One of these scopes; none named: for everybody who is signed in. */
  readonly scopes?: readonly string[];
  readonly help: readonly string[];
  readonly load: () => Promise<ComponentType<PageProps>>;
};
export type IconName = 'tenants' | 'agents' | 'sessions' | 'audit' | 'alerts' | 'health' | 'tokens' | 'person';

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
    scopes: ['remote_support'],
    help: ['One operator, one agent, one reason, at most 120 minutes. A session that is over can be replayed step by step, with its proofs.'],
    load: () => import('./pages/sessions.tsx').then((page) => page.SessionsPage),
  },
  {
    path: '/sessions/:session',
    title: 'Session',
    scopes: ['remote_support'],
    help: ['Everything that was asked in this session and what came of it, as the tenant’s log has it.'],
    load: () => import('./pages/session.tsx').then((page) => page.SessionPage),
  },
  {
    path: '/audit',
    title: 'Audit',
    rail: { group: 'DATA & ADMIN', icon: 'audit' },
    scopes: ['logs:read'],
    help: ['What was tried, by whom, and what came of it, refusals included. Looking here is on record as well.'],
    load: () => import('./pages/audit.tsx').then((page) => page.AuditPage),
  },
  {
    path: '/alerts',
    title: 'Alerts',
    rail: { group: 'MONITOR', icon: 'alerts' },
    scopes: ['logs:read'],
    help: ['A tripwire fired, or the nightly audit found something. An alert stays until somebody says why it needs nothing more.'],
    load: () => import('./pages/alerts.tsx').then((page) => page.AlertsPage),
  },
  {
    path: '/health',
    title: 'System health',
    rail: { group: 'MONITOR', icon: 'health' },
    help: ['What the server says of itself: database, log key, auditor, alerts.'],
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
    help: ['Your own second factor, password, recovery codes, and where you are signed in.'],
    load: () => import('./pages/profile.tsx').then((page) => page.ProfilePage),
  },
];
