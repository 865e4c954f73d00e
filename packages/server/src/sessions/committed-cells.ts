import type { Analysed, Program } from '@rnb/engine';
import type { CellKind, CellProgram, CodeWarning, CommittedCode } from '@rnb/protocol';

/** What the analyser said: that to the engine, to people, to whoever watches modules, and to the kernel. */
export type AnalysedCode = Analysed & {
  warnings?: CodeWarning[] | undefined;
  imports?: string[] | undefined;
  patches?: string[] | undefined;
};

/** The committed source of a cell. */
export interface Committed {
  code: string;
  kind: CellKind;
  /** Null until the analyser has been able to look at it. */
  analysed: AnalysedCode | null;
}

/** Text of a cell that may become committed. */
export interface Written {
  cell: string;
  kind: CellKind;
  code: string;
}

/** The committed source of a notebook's cells, which is what runs (R8), and what a kernel is to know of each. */
export class CommittedCells {
  readonly #cells = new Map<string, Committed>();
  readonly #unanalysed = new Set<string>();
  readonly #programs = new Map<
    string,
    { engine: Program; committed: Committed; program: CellProgram }
  >();

  get(cell: string): Committed | undefined {
    return this.#cells.get(cell);
  }

  has(cell: string): boolean {
    return this.#cells.has(cell);
  }

  set(cell: string, committed: Committed): void {
    this.#cells.set(cell, committed);
    if (committed.analysed === null) this.#unanalysed.add(cell);
    else this.#unanalysed.delete(cell);
  }

  delete(cell: string): void {
    this.#cells.delete(cell);
    this.#unanalysed.delete(cell);
    this.#programs.delete(cell);
  }

  sources(): CommittedCode[] {
    return [...this.#cells].map(([id, committed]) => committedCode(id, committed));
  }

  /** What was committed while there was no analyser. */
  unanalysed(): Written[] {
    return [...this.#unanalysed].flatMap((cell) => {
      const committed = this.#cells.get(cell);
      return committed === undefined ? [] : [{ cell, kind: committed.kind, code: committed.code }];
    });
  }

  /** What the kernel is to know of a cell: the same object until something in it changes. */
  program(cell: string, engine: Program, revision: number): CellProgram {
    const committed = this.#cells.get(cell);
    if (committed === undefined) throw new Error(`cell ${cell} is to run without committed code`);
    const known = this.#programs.get(cell);
    if (
      known?.engine === engine &&
      known.committed === committed &&
      known.program.revision === revision
    ) {
      return known.program;
    }
    const program: CellProgram = {
      source: committed.code,
      kind: committed.kind,
      bindings: { ...engine.bindings },
      defines: [...engine.defines],
      mutates: [...engine.mutates],
      revision,
      ...(committed.analysed?.patches && { patches: committed.analysed.patches }),
    };
    this.#programs.set(cell, { engine, committed, program });
    return program;
  }
}

export function committedCode(id: string, { code, analysed }: Committed): CommittedCode {
  const warnings = analysed?.warnings;
  return warnings === undefined || warnings.length === 0 ? { id, code } : { id, code, warnings };
}
