import { Notice } from '../shell/notice.tsx';
import { ToNotebooks } from '../shell/to-notebooks.tsx';

export function NotFoundPage() {
  return (
    <Notice title="Nothing here" actions={<ToNotebooks />}>
      This address leads nowhere. The notebook may have been deleted.
    </Notice>
  );
}
