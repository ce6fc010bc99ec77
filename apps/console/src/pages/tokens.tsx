import { useState } from 'react';
import * as api from '@argus/client/requests.ts';
import type { PatView } from '@argus/protocol/http/pats.ts';
import { useData } from '../api/use-data.ts';
import { NewTokenModal } from '../modals/new-token.tsx';
import { RevokeTokenModal } from '../modals/revoke-token.tsx';
import { Badge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { Moment, useNow } from '../ui/moment.tsx';
import { Table, type Column } from '../ui/table.tsx';
import { Empty, Page, Shown } from './page.tsx';

export function TokensPage() {
  const seen = useData(api.listPats(), ['tokens']);
  const [asked, setAsked] = useState<'new' | PatView | null>(null);
  const now = useNow();
  const columns: readonly Column<PatView>[] = [
    { key: 'name', title: 'NAME', by: (row) => row.name, width: 'wide', cell: (row) => <span className="cell-two"><strong>{row.name}</strong><span className="muted mono">{row.token_id}</span></span> },
    { key: 'operator', title: 'WHOSE', by: (row) => row.operator, goes: 2, cell: (row) => <span className="clip">{row.operator}</span> },
    { key: 'scopes', title: 'MAY', goes: 1, cell: (row) => <span className="clip mono" title={row.scopes.join(', ')}>{row.scopes.join(', ')}</span> },
    { key: 'tenants', title: 'TENANTS', goes: 1, cell: (row) => (row.tenants === 'all' ? 'all' : <span className="clip mono" title={row.tenants.join(', ')}>{row.tenants.join(', ')}</span>) },
    { key: 'used', title: 'LAST USED', by: (row) => row.last_used_at ?? '', goes: 2, cell: (row) => <Moment at={row.last_used_at} /> },
    { key: 'state', title: 'STATE', by: (row) => stateOf(row, now).says, says: (row) => stateOf(row, now).says, cell: (row) => <Badge tone={stateOf(row, now).tone}>{stateOf(row, now).says}</Badge> },
    { key: 'action', title: '', width: 'narrow', cell: (row) => (stateOf(row, now).says === 'Good' ? <Button small look="danger" name={`Revoke ${row.name}`} onPress={() => setAsked(row)}>Revoke</Button> : null) },
  ];
  return (
    <Page title="ACCESS TOKENS" more="For argusctl and programs. A token is shown once, and never again to anybody." actions={<Button look="main" onPress={() => setAsked('new')}>New token</Button>}>
      <Shown seen={seen}>{({ pats }) => <Table name="Access tokens" columns={columns} rows={pats} idOf={(row) => row.token_id} empty={<Empty title="No tokens">One lets argusctl act for you.</Empty>} />}</Shown>
      {asked === 'new' ? <NewTokenModal onClose={() => setAsked(null)} /> : asked ? <RevokeTokenModal token={asked} onClose={() => setAsked(null)} /> : null}
    </Page>
  );
}

const stateOf = ({ revoked_at: revoked, expires_at: expires }: PatView, now: number) =>
  revoked !== null ? ({ tone: 'bad', says: 'Revoked' } as const) : Date.parse(expires) <= now ? ({ tone: 'calm', says: 'Expired' } as const) : ({ tone: 'good', says: 'Good' } as const);
