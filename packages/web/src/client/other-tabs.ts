/** Tabs of one browser share a cookie: who signs in or out in one of them does so in all. */
const open = (): BroadcastChannel => new BroadcastChannel('sign-in');

/** Somebody has signed in or out in this tab. */
export function tellOtherTabs(): void {
  const channel = open();
  channel.postMessage('changed');
  channel.close();
}

/** Called when somebody has done so in another one; returns how to stop. */
export function onOtherTab(listener: () => void): () => void {
  const channel = open();
  channel.onmessage = listener;
  return () => channel.close();
}
