import { useCallback } from 'react';
import { type CellView, fetchRows } from '../client/index.ts';
import { CellOutputs, type CellOutputsProps } from '../outputs/cell-outputs.tsx';
import { useTheme } from '../shell/theme.ts';
import { useCellNumber, useNotebook } from './notebook-context.ts';

/** What a cell's last run left, joined to the notebook: further table rows come over HTTP, links lead to cells. */
export function CellResults({ view }: { view: CellView }) {
  const { client, actions } = useNotebook();
  const theme = useTheme();
  const { id } = client;
  const cellNumber = useCellNumber(view.error !== null);
  const rows = useCallback<NonNullable<CellOutputsProps['fetchRows']>>(
    (cell, output, query, signal) => fetchRows({ notebook: id, cell, output }, query, signal),
    [id],
  );
  return (
    <CellOutputs
      notebookId={id}
      view={view}
      live={view.state.live}
      theme={theme}
      fetchRows={rows}
      cellNumber={cellNumber}
      onGoToCell={actions.reveal}
    />
  );
}
