const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/**
 * Twelve random characters, 72 bits. `crypto.randomUUID` would be missing in a browser that reached the server over
 * plain HTTP; `getRandomValues` is there always.
 */
export function newCellId(): string {
  let id = '';
  for (const byte of crypto.getRandomValues(new Uint8Array(12))) id += alphabet[byte & 63];
  return id;
}
