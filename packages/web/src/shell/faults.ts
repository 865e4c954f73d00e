import { ApiProblem } from '../client/http.ts';

/** What is wrong with a form: by the names of its fields, and `rest` for what is of none. */
export type Faults<Name extends string> = Partial<Record<Name | 'rest', string>>;

/** What the server found wrong, where `names` are the fields that the form has. */
export function faultsOf<Name extends string>(
  error: unknown,
  names: readonly Name[],
): Faults<Name> {
  const faults: Faults<Name> = {};
  const told = error instanceof ApiProblem ? (error.problem.faults ?? []) : [];
  for (const { path, message } of told) {
    const name = names.find((each) => path === `body.${each}`);
    if (name !== undefined && faults[name] === undefined) {
      // A schema tells what is wrong in the middle of a sentence.
      Object.assign(faults, { [name]: sentence(message) });
    }
  }
  if (Object.keys(faults).length > 0) return faults;
  return { ...faults, rest: error instanceof Error ? error.message : String(error) };
}

function sentence(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
