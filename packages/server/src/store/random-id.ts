import { randomBytes } from 'node:crypto';

/** 128 random bits as 32 hex digits, as all ids that the server makes. */
export function randomId(): string {
  return randomBytes(16).toString('hex');
}
