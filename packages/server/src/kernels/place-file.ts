/** A few bytes that a kernel and the server share, and that outlive the kernel (PROTOCOL.md, K8). */
import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A batch and the position of a cell in it. */
export interface Place {
  batch: number;
  position: number;
}

export interface PlaceFile {
  /** Undefined where the file could not be made. */
  readonly descriptor: number | undefined;
  /** Null while no cell runs, and where there is no file. */
  read(): Place | null;
  close(): void;
}

/** Two numbers of 32 bits: the batch, and the position in it counted from one; zero while no cell runs. */
const placeBytes = 8;

/** Without a name from the start, so that nothing is left behind; a full disk costs no more than this knowledge. */
export function openPlaceFile(): PlaceFile {
  const path = join(tmpdir(), `rnb-place-${randomUUID()}`);
  const file = openNamedPlaceFile(path);
  removeName(path);
  return file;
}

/** For a process that can open a file but not inherit one; the name is to be removed as soon as it has. */
export function openNamedPlaceFile(path: string): PlaceFile {
  const descriptor = createFile(path);
  return {
    descriptor,
    read: () => (descriptor === undefined ? null : readPlace(descriptor)),
    close: () => {
      if (descriptor !== undefined) closeSync(descriptor);
    },
  };
}

export function removeName(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It was not made, or is gone already.
  }
}

function createFile(path: string): number | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, 'wx+', 0o600);
    // Written, not only made this long: to store into a page that the disk has no room for would kill the kernel.
    writeSync(file, Buffer.alloc(placeBytes), 0, placeBytes, 0);
    return file;
  } catch {
    if (file !== undefined) closeSync(file);
    return undefined;
  }
}

function readPlace(file: number): Place | null {
  const place = new Uint32Array(placeBytes / Uint32Array.BYTES_PER_ELEMENT);
  if (readSync(file, place, 0, placeBytes, 0) < placeBytes) return null;
  const [batch = 0, position = 0] = place;
  return position === 0 ? null : { batch, position: position - 1 };
}
