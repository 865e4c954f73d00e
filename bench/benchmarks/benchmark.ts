import type { Arena } from '../arena.ts';
import type { Row } from '../table.ts';

export interface Benchmark {
  /** `P1`. */
  id: string;
  run(arena: Arena): Promise<Row[]>;
}
