const causes: [pattern: RegExp, cause: string][] = [
  [/No space left on device|ENOSPC|Disk quota exceeded/i, 'the disk is full'],
  [/Permission denied|EACCES|Read-only file system|EROFS/i, 'the data directory cannot be written'],
  [
    /name resolution|Name or service not known|Failed to establish a new connection|NewConnectionError|ConnectTimeout|Read timed out|Network is unreachable|Connection refused|ProxyError|nodename nor servname/i,
    'the package index cannot be reached',
  ],
  [/SSLError|CERTIFICATE_VERIFY_FAILED/i, "the package index's certificate is not trusted"],
  [
    /No matching distribution found|Could not find a version/i,
    'the package index has no build of it for this Python',
  ],
  [
    /No module named '?"?(pip|ensurepip|venv)|ensurepip is not available/i,
    'this Python has no venv or pip (on Debian and Ubuntu: apt install python3-venv)',
  ],
];

/** Why Python's own tools failed, as part of a sentence for people. Never repeats what may hold a secret. */
export function explainFailure(output: string): string {
  const cause = causes.find(([pattern]) => pattern.test(output));
  if (cause !== undefined) return cause[1];
  const lastLine = withoutSecrets(output).trim().split('\n').at(-1)?.trim() ?? '';
  return lastLine === '' ? 'it ended without saying why' : lastLine.slice(0, 300);
}

/** Leaves user names and passwords out of addresses: private indexes are often configured with them. */
export function withoutSecrets(text: string): string {
  return text.replace(/:\/\/[^\s/@]+@/g, '://');
}
