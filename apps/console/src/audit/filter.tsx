import { EVENT_TYPES, OUTCOMES } from '@argus/protocol/leaf.ts';
import type { Filters } from './filters.ts';
import { RecordFilter } from './record-filter.tsx';

const TYPES = Object.keys(EVENT_TYPES).toSorted();

export const AuditFilter = ({ filters, tenants, onAsk }: { readonly filters: Filters; readonly tenants: readonly string[]; readonly onAsk: (filters: Filters) => void }) => (
  <RecordFilter<Filters>
    label="Filter the audit"
    filters={filters}
    onAsk={onAsk}
    choices={[
      { name: 'tenant', label: 'Tenant', any: 'Any tenant', options: tenants },
      { name: 'action', label: 'Action', any: 'Any action', options: TYPES },
      { name: 'outcome', label: 'Outcome', any: 'Any outcome', options: OUTCOMES },
    ]}
    typed={[
      { name: 'text', label: 'Text', wide: true },
      { name: 'operator', label: 'Operator' },
      { name: 'code', label: 'Code' },
      { name: 'agent', label: 'Agent' },
      { name: 'session', label: 'Session' },
    ]}
  />
);
