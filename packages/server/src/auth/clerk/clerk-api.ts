/** The reading half of Clerk's Backend API. An answer is bounded in size and time; the secret key goes nowhere else. */

const maxAnswerBytes = 512 * 1024;

export interface ClerkApi {
  /** What Clerk has under a path, as parsed JSON; null where there is nothing. Rejects in all other cases. */
  get(path: string): Promise<unknown>;
}

export function clerkApi(where: {
  apiUrl: string;
  secretKey: string;
  timeoutMs?: number;
}): ClerkApi {
  const { timeoutMs = 5_000 } = where;
  const ask = (path: string) =>
    fetch(`${where.apiUrl}/v1${path}`, {
      headers: { authorization: `Bearer ${where.secretKey}`, accept: 'application/json' },
      // A redirect would take the key along.
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
  return {
    async get(path) {
      const response = await ask(path).catch((error: unknown) => {
        // A connection that was kept open may have been closed just now; one that hangs is not tried again.
        if (error instanceof TypeError) return ask(path);
        throw error;
      });
      if (response.status === 404) {
        await response.body?.cancel();
        return null;
      }
      if (!response.ok) {
        await response.body?.cancel();
        const hint = response.status === 401 ? ': is CLERK_SECRET_KEY of this instance?' : '';
        throw new Error(`Clerk answered ${response.status} to ${path}${hint}`);
      }
      return JSON.parse(await readBounded(response));
    },
  };
}

async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop cancels what is still to come.
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > maxAnswerBytes) throw new Error(`Clerk sent more than ${maxAnswerBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
