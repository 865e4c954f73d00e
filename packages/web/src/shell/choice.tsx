import { Check, ChevronDown } from 'lucide-react';
import { Select } from 'radix-ui';

/** One of a few, each with a few words on what it means. */
export function Choice<Value extends string>({
  label,
  value,
  options,
  disabled = false,
  className = 'h-7',
  onChange,
}: {
  label: string;
  value: Value;
  options: readonly { value: Value; label: string; detail?: string }[];
  disabled?: boolean;
  className?: string;
  onChange(value: NoInfer<Value>): void;
}) {
  return (
    <Select.Root
      value={value}
      disabled={disabled}
      onValueChange={(chosen) => {
        const option = options.find((each) => each.value === chosen);
        if (option) onChange(option.value);
      }}
    >
      <Select.Trigger
        aria-label={label}
        className={`inline-flex shrink-0 items-center justify-between gap-1 rounded-md border border-field bg-surface pr-1.5 pl-2.5 text-xs hover:bg-sunken disabled:opacity-50 data-[state=open]:bg-sunken ${className}`}
      >
        <Select.Value>{options.find((each) => each.value === value)?.label}</Select.Value>
        <ChevronDown className="size-3.5 text-faint" aria-hidden="true" />
      </Select.Trigger>
      <Select.Portal>
        <Select.Content
          position="popper"
          align="end"
          sideOffset={4}
          className="z-50 min-w-(--radix-select-trigger-width) animate-rise rounded-lg border bg-raised p-1 shadow-[var(--shadow)]"
        >
          <Select.Viewport>
            {options.map((option) => (
              <Select.Item
                key={option.value}
                value={option.value}
                className="flex min-h-7 items-center gap-2 rounded-md py-1 pr-2 pl-2 text-sm outline-none data-[highlighted]:bg-sunken"
              >
                <span className="size-4">
                  <Select.ItemIndicator>
                    <Check className="size-4" aria-hidden="true" />
                  </Select.ItemIndicator>
                </span>
                <Select.ItemText>{option.label}</Select.ItemText>
                {option.detail && <span className="text-muted">{option.detail}</span>}
              </Select.Item>
            ))}
          </Select.Viewport>
        </Select.Content>
      </Select.Portal>
    </Select.Root>
  );
}
