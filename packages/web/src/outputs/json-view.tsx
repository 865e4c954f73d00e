import { useState } from 'react';

const step = 100;

/** JSON as a tree. Children are made when their parent is opened, a hundred at a time, so its size doesn't matter. */
export function JsonView({
  value,
  name,
  open = true,
}: {
  value: unknown;
  name?: string;
  open?: boolean;
}) {
  const [isOpen, setOpen] = useState(open);
  const [shown, setShown] = useState(step);
  const label = name === undefined ? null : <span className="out-json-key">{name}: </span>;
  if (typeof value !== 'object' || value === null) {
    return (
      <div className="out-json-row">
        {label}
        <span className={`out-json-${value === null ? 'null' : typeof value}`}>
          {JSON.stringify(value)}
        </span>
      </div>
    );
  }
  const isArray = Array.isArray(value);
  const keys = Object.keys(value);
  const entries = Object.entries(value).slice(0, isOpen ? shown : 0);
  return (
    <div className="out-json-row">
      <button
        aria-expanded={isOpen}
        className="out-json-toggle"
        onClick={() => setOpen(!isOpen)}
        type="button"
      >
        <span aria-hidden="true">{isOpen ? '▾' : '▸'} </span>
        {label}
        <span className="out-json-size">{isArray ? `[${keys.length}]` : `{${keys.length}}`}</span>
      </button>
      {isOpen && (
        <div className="out-json-children">
          {entries.map(([key, child]) => (
            <JsonView key={key} name={key} open={false} value={child} />
          ))}
          {keys.length > shown && (
            <button className="out-button" onClick={() => setShown(shown + step)} type="button">
              Show more of {keys.length.toLocaleString()}
            </button>
          )}
        </div>
      )}
    </div>
  );
}
