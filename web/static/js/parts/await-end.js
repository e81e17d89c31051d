// Work that is under way: the page's regions are brought up to date every second until it has ended.

import { swapFrom } from "../swap.js";

const EVERY_MS = 1_000;
const AFTER_TROUBLE_MS = 5_000;

export function start(element) {
  const look = async () => {
    if (!element.isConnected) return;
    let isSwapped = false;
    try {
      ({ isSwapped } = await swapFrom(location.href, { unless: () => !element.isConnected }));
    } catch {
      // away for a moment: asked again
    }
    // what was swapped in looks after itself
    if (!isSwapped) setTimeout(look, AFTER_TROUBLE_MS);
  };
  setTimeout(look, EVERY_MS);
}
