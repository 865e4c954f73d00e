import '../../src/styles/app.css';
import { CellError, Output, type Table, tableMime } from '@rnb/protocol';
import { createRoot } from 'react-dom/client';
import { z } from 'zod';
import { CellOutputs } from '../../src/outputs/cell-outputs.tsx';

/** What the test puts on `window` before the page loads. */
const Given = z.object({
  theme: z.enum(['light', 'dark']),
  outputs: z.array(Output),
  console: z.string().default(''),
  status: z.enum(['success', 'running']).default('success'),
  error: CellError.nullable().default(null),
});
const given = Given.parse(Reflect.get(window, 'given'));
const rows: Table['rows'] = Array.from({ length: 100_000 }, (_, n) => [
  n,
  n % 7 ? n / 7 : null,
  `<b>row ${n}</b>`,
]);

document.documentElement.dataset.theme = given.theme;
document.documentElement.style.colorScheme = given.theme;
const root = createRoot(document.getElementById('root') ?? document.body);

function draw(theme: 'light' | 'dark') {
  document.documentElement.dataset.theme = theme;
  document.documentElement.style.colorScheme = theme;
  root.render(
    <div style={{ maxWidth: 760, padding: 24, background: 'var(--surface)' }}>
      <CellOutputs
        fetchRows={async (
          _cell,
          _output,
          { offset = 0, limit = 100, filter, sort, descending },
        ) => {
          let kept = filter ? rows.filter((row) => String(row[2]).includes(filter)) : rows;
          if (sort !== undefined && descending) kept = [...kept].reverse();
          return { offset, rowCount: kept.length, rows: kept.slice(offset, offset + limit) };
        }}
        cellNumber={(cell) => (cell === 'gone' ? null : 7)}
        live={given.status === 'success'}
        notebookId="n"
        theme={theme}
        view={{
          state: { id: 'c', status: given.status },
          console: given.console
            ? [
                { stream: 'stdout', text: given.console },
                { stream: 'stderr', text: 'a warning\n' },
              ]
            : [],
          outputs: given.outputs.map((output) =>
            output.data[tableMime] === 'demo' ? { data: { [tableMime]: demoTable } } : output,
          ),
          committed: null,
          error: given.error,
        }}
      />
    </div>,
  );
}

const demoTable: Table = {
  columns: [
    { name: '', type: 'integer', dtype: 'int64', index: true },
    { name: 'seventh', type: 'number', dtype: 'float64' },
    { name: '<i>text</i>', type: 'text', dtype: 'str' },
  ],
  rowCount: rows.length,
  columnCount: 2,
  rows: rows.slice(0, 100),
};

draw(given.theme);
Reflect.set(window, 'setTheme', draw);
