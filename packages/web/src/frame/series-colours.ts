/** What charts colour their series with where their author chose nothing. */
export const seriesColours = {
  light: ['#4c6ef5', '#e8590c', '#2f9e44', '#9c36b5', '#1098ad', '#e03131', '#f08c00'],
  dark: ['#748ffc', '#ff922b', '#51cf66', '#cc5de8', '#22b8cf', '#ff6b6b', '#fcc419'],
} as const;
