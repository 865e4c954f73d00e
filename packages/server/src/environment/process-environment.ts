const passed = new Set([
  'PATH',
  'HOME',
  'TMPDIR',
  'LANG',
  'LC_ALL',
  'LC_CTYPE',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'REQUESTS_CA_BUNDLE',
  'XDG_CACHE_HOME',
  'XDG_CONFIG_HOME',
  'XDG_CONFIG_DIRS',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'ALL_PROXY',
  'NO_PROXY',
]);

/** These would have pip install somewhere else than into the environment. */
const redirectingPip = new Set(['PIP_TARGET', 'PIP_PREFIX', 'PIP_ROOT', 'PIP_USER', 'PIP_PYTHON']);

/**
 * What Python and pip may know of the server's environment: where programs and certificates are, proxies, and pip's
 * own settings. Not database addresses, keys and tokens: packages run code of strangers while they are installed.
 */
export function processEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const result: NodeJS.ProcessEnv = {};
  for (const [name, value] of Object.entries(env)) {
    const upper = name.toUpperCase();
    const forPip = name.startsWith('PIP_') && !redirectingPip.has(name);
    if (passed.has(upper) || forPip) result[name] = value;
  }
  return result;
}
