// The server's clock as the page knows it.

/** How far the server's clock is ahead of this machine's, in milliseconds. */
export function pageSkewMs() {
  const meta = document.querySelector('meta[name="server-time"]');
  if (!meta) return 0;
  window.pageSkewMs ??= Date.parse(meta.content) - Date.now();
  return window.pageSkewMs;
}
