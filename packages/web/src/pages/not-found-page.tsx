import type { ReactNode } from 'react';
import { Notice } from '../shell/notice.tsx';
import { ToNotebooks } from '../shell/to-notebooks.tsx';

export function NotFoundPage({ children }: { children?: ReactNode }) {
  return (
    <Notice title="Nothing here" actions={<ToNotebooks />}>
      <p>This address leads nowhere. The notebook may have been deleted.</p>
      {children}
    </Notice>
  );
}
