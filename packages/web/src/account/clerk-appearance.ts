/** Clerk's components in the colours and letters of the app, light and dark (styles/app.css). */
export const clerkAppearance = {
  variables: {
    colorPrimary: 'var(--accent)',
    colorPrimaryForeground: 'var(--on-accent)',
    colorForeground: 'var(--ink)',
    colorMutedForeground: 'var(--muted)',
    colorMuted: 'var(--sunken)',
    colorBackground: 'var(--raised)',
    colorInput: 'var(--surface)',
    colorInputForeground: 'var(--ink)',
    colorNeutral: 'var(--ink)',
    colorBorder: 'var(--line)',
    colorRing: 'var(--accent)',
    colorDanger: 'var(--bad)',
    colorSuccess: 'var(--good)',
    colorWarning: 'var(--warn)',
    fontFamily: 'inherit',
    fontSize: '0.8125rem',
    borderRadius: '0.375rem',
  },
  // Its own colour comes out too pale of a palette that is not given as numbers.
  elements: { badge: { color: 'var(--muted)' } },
};
