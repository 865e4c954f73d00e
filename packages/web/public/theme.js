// Sets the theme before the first paint. A classic script in a file of its own: modules run too late, and the
// Content-Security-Policy allows no inline ones. src/shell/theme.ts takes over from here.
(() => {
  let setting = null;
  try {
    setting = localStorage.getItem('theme');
  } catch {
    // Storage may be forbidden; then the system's theme it is.
  }
  const dark =
    setting === 'dark' ||
    (setting !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
})();
