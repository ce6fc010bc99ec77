import { ROLE_SAYS, ROLES } from '@argus/protocol/http/users.ts';
import { Choices } from '../ui/choices.tsx';

export type RoleName = (typeof ROLES)[number];

export const ChooseRole = ({ value, onChange }: { readonly value: RoleName; readonly onChange: (role: RoleName) => void }) => (
  <Choices
    legend="Role"
    value={value}
    onChange={onChange}
    options={ROLES.map((one) => [
      one,
      <>
        <strong>{one}</strong>
        <br />
        <span className="muted">{ROLE_SAYS[one]}</span>
      </>,
    ])}
  />
);
