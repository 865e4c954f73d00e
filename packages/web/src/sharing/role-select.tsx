import type { GrantedRole } from '@rnb/protocol';
import { Choice } from '../shell/choice.tsx';
import { roles } from './roles.ts';

const options = roles.map(({ role, label, may }) => ({ value: role, label, detail: may }));

/** What somebody is to be. */
export function RoleSelect(props: {
  /** What it is the role of. */
  label: string;
  value: GrantedRole;
  className?: string;
  onChange(role: GrantedRole): void;
}) {
  return <Choice {...props} options={options} />;
}
