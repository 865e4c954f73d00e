import { Eye, EyeOff } from 'lucide-react';
import { type ComponentProps, type ReactNode, useId, useState } from 'react';
import { tooltip } from './tooltip-layer.tsx';

type FieldProps = Omit<ComponentProps<'input'>, 'className' | 'id'> & {
  label: string;
  /** What is wrong with what was written, in a sentence that says what to do. */
  fault?: string | undefined;
  /** What to know before writing. */
  note?: ReactNode;
  /** Beside the text, inside of the field. */
  inside?: ReactNode;
};

/** A line of text to write, under its label; what is wrong with it stands below. */
export function Field({ label, fault, note, inside, ...input }: FieldProps) {
  const id = useId();
  const described = [fault && `${id}-fault`, note && `${id}-note`].filter(Boolean).join(' ');
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      <div
        className={`flex h-9 items-center rounded-md border bg-surface focus-within:ring-2 focus-within:ring-accent has-[input:read-only]:bg-sunken ${fault ? 'border-bad' : 'border-field'}`}
      >
        <input
          id={id}
          aria-invalid={fault !== undefined}
          {...(described !== '' && { 'aria-describedby': described })}
          {...input}
          className="h-full min-w-0 grow rounded-md bg-transparent px-3 outline-none read-only:text-muted"
        />
        {inside}
      </div>
      {fault !== undefined && (
        <p id={`${id}-fault`} className="text-bad text-xs">
          {fault}
        </p>
      )}
      {note && (
        <p id={`${id}-note`} className="text-muted text-xs">
          {note}
        </p>
      )}
    </div>
  );
}

/** A password: hidden while it is written, unless asked for. */
export function PasswordField(
  props: FieldProps & { autoComplete: 'current-password' | 'new-password' },
) {
  const [isShown, setIsShown] = useState(false);
  const label = isShown ? 'Hide the password' : 'Show the password';
  return (
    <Field
      {...props}
      type={isShown ? 'text' : 'password'}
      autoCapitalize="off"
      spellCheck={false}
      inside={
        <button
          type="button"
          aria-label={label}
          aria-pressed={isShown}
          {...tooltip(label)}
          onClick={() => setIsShown(!isShown)}
          className="mr-1 flex size-7 shrink-0 items-center justify-center rounded-md text-muted hover:bg-sunken hover:text-ink [&_svg]:size-4"
        >
          {isShown ? <EyeOff aria-hidden="true" /> : <Eye aria-hidden="true" />}
        </button>
      }
    />
  );
}
