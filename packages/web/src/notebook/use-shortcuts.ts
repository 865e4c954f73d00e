import { useEffect } from 'react';
import { editorModule } from '../editor/editor-module.ts';
import { elementOf, type NotebookActions } from './notebook-actions.ts';
import type { NotebookScope } from './notebook-context.ts';
import { onMac, type ShortcutAction, ShortcutReader } from './shortcuts.ts';

/** Where keys belong to what has the focus, and single keys must not act on the notebook. */
const textField = 'input, textarea, select, [contenteditable="true"], .cm-editor';
const overlay = '[role="menu"], [role="dialog"]';
/** The list of toasts takes the focus of one that is dismissed. */
const focusedByNobody = 'body, [data-toasts]';

/** Whether an event belongs to the selected cell, and not to a text field or to what lies over the page. */
export function isForCells({ target }: Event): boolean {
  return !(target instanceof Element && target.closest(`${textField}, ${overlay}`));
}

/** Listens to the whole page for the keys in the table of shortcuts. */
export function useShortcuts(scope: NotebookScope, showShortcuts: () => void) {
  useEffect(() => {
    const reader = new ShortcutReader(onMac);

    const onKeyDown = (event: KeyboardEvent) => {
      const target = event.target instanceof Element ? event.target : document.body;
      if (event.isComposing || target.closest(overlay)) return;
      const inText = target.closest(textField) !== null;
      const inEditor = target.closest('.cm-content') !== null;
      // These keys mean something to the control that has the focus.
      if (event.key.startsWith('Arrow') && target.closest('[data-arrow-keys]')) return;
      if (
        target.closest('button, a') &&
        event.key === 'Enter' &&
        !event.shiftKey &&
        !event.ctrlKey &&
        !event.metaKey
      ) {
        return;
      }
      const action = reader.read(event, inText || isStray(event, scope) ? 'anywhere' : 'command');
      if (action === null || (inText && !inEditor && !worksInFields.has(action))) return;
      if (perform(action, scope, showShortcuts)) {
        if (inEditor && target instanceof HTMLElement) {
          editorModule.get()?.dismissCompletions(target);
        }
        event.preventDefault();
        event.stopPropagation();
      }
    };
    // After the editor: Escape first closes what is open in there.
    const onEscape = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.defaultPrevented) return;
      const { cell, editing } = scope.selection.get();
      if (cell !== null && editing) scope.selection.select(cell, false);
    };

    // What was clicked may be gone, or never have taken the focus: the selected cell has the keys again.
    const onClick = () => {
      // A menu that closes gives the focus back only after a while.
      afterNextFrame(() => {
        const { cell, editing } = scope.selection.get();
        if (cell !== null && !editing && document.activeElement?.matches(focusedByNobody)) {
          elementOf(cell)?.focus({ preventScroll: true });
        }
      });
    };

    // Before the editor, which has its own idea of Shift+Enter.
    document.addEventListener('keydown', onKeyDown, { capture: true });
    document.addEventListener('keydown', onEscape);
    document.addEventListener('click', onClick);
    return () => {
      document.removeEventListener('keydown', onKeyDown, { capture: true });
      document.removeEventListener('keydown', onEscape);
      document.removeEventListener('click', onClick);
    };
  }, [scope, showShortcuts]);
}

function afterNextFrame(work: () => void): void {
  requestAnimationFrame(() => setTimeout(work));
}

/** What is pressed while no cell has the focus may be meant for anything: single keys must not change a cell then. */
function isStray(event: KeyboardEvent, { client, selection }: NotebookScope): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || !(event.target instanceof Element)) {
    return false;
  }
  const inCell = event.target.closest<HTMLElement>('[data-cell]')?.dataset.cell;
  if (inCell !== undefined) return inCell !== selection.get().cell;
  // Into the cells, or out of a notebook that was emptied.
  const leadsIn = event.key === 'ArrowUp' || event.key === 'ArrowDown';
  const isEmpty = client.structure.getOrder().length === 0;
  return event.target !== document.body || !(leadsIn || isEmpty);
}

const worksInFields: ReadonlySet<ShortcutAction> = new Set(['show-shortcuts', 'show-saved']);

/** False when there was nothing to do, and the key should have its usual effect. */
function perform(
  action: ShortcutAction,
  { actions, selection }: NotebookScope,
  showShortcuts: () => void,
): boolean {
  switch (action) {
    case 'show-shortcuts':
      showShortcuts();
      return true;
    case 'show-saved':
      actions.showSaved();
      return true;
    case 'run-all':
      actions.run('all');
      return true;
    case 'interrupt':
      actions.interrupt();
      return true;
    case 'previous-cell':
      actions.selectNeighbour(-1, true);
      return true;
    case 'next-cell':
      actions.selectNeighbour(1, true);
      return true;
    case 'select-above':
      actions.selectNeighbour(-1, false);
      return true;
    case 'select-below':
      actions.selectNeighbour(1, false);
      return true;
    case 'copy-cell':
    case 'cut-cell':
    case 'paste-cell':
      // The browser makes a clipboard event of it, without which a page may not touch the clipboard.
      return false;
    case 'undo':
      actions.undo();
      return true;
    case 'redo':
      actions.redo();
      return true;
    case 'add-above':
      actions.insertBeside(selection.get().cell, 'above');
      return true;
    case 'add-below':
      actions.insertBeside(selection.get().cell, 'below');
      return true;
  }
  const { cell } = selection.get();
  if (cell === null) return false;
  switch (action) {
    case 'run-and-advance':
      actions.runAndAdvance(cell);
      return true;
    case 'run':
      actions.runAndStay(cell);
      return true;
    case 'edit-cell':
      if (!actions.mayEdit) return false;
      actions.select(cell, { edit: true, scroll: true });
      return true;
    case 'delete-cell':
      actions.remove(cell);
      return true;
    case 'make-markdown':
      actions.setKind(cell, 'markdown');
      return true;
    case 'make-python':
      actions.setKind(cell, 'python');
      return true;
    case 'toggle-disabled':
      actions.toggleDisabled(cell);
      return true;
    case 'merge-below':
      actions.mergeBelow(cell);
      return true;
    case 'split-cell':
      return splitAtCursor(cell, actions);
    case 'move-up':
      actions.move(cell, -1);
      return true;
    case 'move-down':
      actions.move(cell, 1);
      return true;
  }
}

function splitAtCursor(cell: string, actions: NotebookActions): boolean {
  const element = elementOf(cell);
  const cursor = element && editorModule.get()?.cursorIn(element);
  if (cursor === null || cursor === undefined) return false;
  actions.split(cell, cursor);
  return true;
}
