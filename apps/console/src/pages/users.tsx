import { useState } from 'react';
import * as users from '@argus/client/users.ts';
import type { UserView } from '@argus/protocol/http/users.ts';
import { useData } from '../api/use-data.ts';
import { useWho } from '../api/who.tsx';
import { InviteModal } from '../modals/invite.tsx';
import { UserModal } from '../modals/user.tsx';
import { Badge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { Moment } from '../ui/moment.tsx';
import { Table, type Column } from '../ui/table.tsx';
import { Empty, Page, Shown } from './page.tsx';

export function UsersPage() {
  const who = useWho();
  const seen = useData(users.listUsers(), ['users']);
  const [asked, setAsked] = useState<'invite' | UserView | null>(null);
  const columns: readonly Column<UserView>[] = [
    { key: 'user', title: 'USER', by: (row) => row.email, width: 'wide', cell: (row) => <span className="cell-two"><strong>{row.name}</strong><span className="muted">{row.email}</span></span> },
    { key: 'role', title: 'ROLE', goes: 2, by: (row) => row.role, says: (row) => row.role, cell: (row) => row.role },
    { key: 'tenants', title: 'TENANTS', goes: 2, cell: (row) => (row.tenants === 'all' ? 'all' : <span className="clip mono" title={row.tenants.join(', ')}>{row.tenants.join(', ')}</span>) },
    {
      key: 'state',
      title: 'STATE',
      by: (row) => row.state,
      says: (row) => `${row.state} ${row.locked}`,
      cell: (row) => (
        <span className="cell-row">
          {row.state === 'active' && (row.locked || !row.second_factor) ? null : <Badge tone={row.state === 'active' ? 'good' : 'calm'}>{row.state}</Badge>}
          {row.locked ? <Badge tone="warn">locked</Badge> : null}
          {row.second_factor || row.locked ? null : <Badge tone="warn">no second factor</Badge>}
        </span>
      ),
    },
    { key: 'seen', title: 'LAST SIGN-IN', by: (row) => row.last_sign_in_at ?? '', goes: 1, cell: (row) => <Moment at={row.last_sign_in_at} /> },
    {
      key: 'action',
      title: '',
      width: 'narrow',
      cell: (row) => (
        <Button small name={`Change ${row.email}`} whyNot={row.user_id === who.user.user_id ? 'This is you. Somebody else has to change you.' : null} onPress={() => setAsked(row)}>
          Change
        </Button>
      ),
    },
  ];
  return (
    <Page title="USERS" more="Who may sign in, and what they may do." actions={<Button look="main" onPress={() => setAsked('invite')}>Invite</Button>}>
      <Shown seen={seen}>{(list) => <Table name="Users" columns={columns} rows={list.users} idOf={(row) => row.user_id} sort={{ key: 'user', down: false }} empty={<Empty title="Nobody else">Invite somebody: a link lets them in once.</Empty>} />}</Shown>
      {asked === 'invite' ? <InviteModal onClose={() => setAsked(null)} /> : asked ? <UserModal user={asked} onClose={() => setAsked(null)} /> : null}
    </Page>
  );
}
