import { createPublicKey } from 'node:crypto';

/** One Clerk instance, as the settings name it. Either of `secretKey` and `jwtKey` is there. */
export interface ClerkSettings {
  /** Public: browsers are given it. */
  publishableKey: string;
  /** What the instance calls itself in its tokens, and where browsers find it; from the publishable key. */
  issuer: string;
  secretKey: string | null;
  /** The public key that verifies tokens, as PEM. */
  jwtKey: string | null;
  webhookSecret: string | null;
  /** Clerk's Backend API, without a slash at the end. */
  apiUrl: string;
}

export const isTestKey = (key: string): boolean => /^[ps]k_test_/.test(key);

/** A public RSA key in its one spelling; null for what is none. Line ends may be written as `\n`. */
export function publicKeyPem(text: string): string | null {
  try {
    const key = createPublicKey(text.replaceAll('\\n', '\n'));
    if (/PRIVATE KEY/.test(text) || !isStrongEnough(key)) return null;
    return key.export({ type: 'spki', format: 'pem' }).toString();
  } catch {
    return null;
  }
}

/** Whether RS256 may be verified with it; what is longer only costs time. */
export function isStrongEnough(key: ReturnType<typeof createPublicKey>): boolean {
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  return key.asymmetricKeyType === 'rsa' && bits >= 2048 && bits <= 8192;
}
