import { UserPlus } from 'lucide-react';
import { useEffect } from 'react';
import { useStatus } from '../notebook/notebook-context.ts';
import { Button } from '../shell/button.tsx';
import { lateModule, useLateModule } from '../shell/late-module.ts';
import { tooltip } from '../shell/tooltip-layer.tsx';

const dialog = lateModule(() => import('./share-dialog.tsx'));

/** Opens who has the notebook; the owner's alone. On a phone the menu does. */
export function ShareButton({
  open,
  onOpenChange,
}: {
  open: boolean;
  onOpenChange(open: boolean): void;
}) {
  const role = useStatus('role');
  const module = useLateModule(dialog, open);
  const owns = role === 'owner';
  useEffect(() => {
    if (!owns && open) onOpenChange(false);
  }, [owns, open, onOpenChange]);
  if (!owns) return null;
  return (
    <>
      <Button
        size="small"
        aria-label="Share"
        aria-haspopup="dialog"
        className="max-sm:hidden"
        {...tooltip('Who has this notebook')}
        onPointerEnter={dialog.load}
        onClick={() => onOpenChange(true)}
      >
        <UserPlus aria-hidden="true" />
        <span className="max-lg:hidden">Share</span>
      </Button>
      {open && module && <module.ShareDialog onClose={() => onOpenChange(false)} />}
    </>
  );
}
