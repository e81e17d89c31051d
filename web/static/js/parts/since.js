// How long ago a moment was, told anew every half minute.

import { pageSkewMs } from "../server-clock.js";
import { sayAgo } from "../wording.js";

export function start(element) {
  const at = Date.parse(element.dateTime);
  const skew = pageSkewMs();
  const tell = () => {
    if (!element.isConnected) return clearInterval(ticking);
    element.textContent = sayAgo((Date.now() + skew - at) / 1000);
    return undefined;
  };
  const ticking = setInterval(tell, 30_000);
  tell();
}
