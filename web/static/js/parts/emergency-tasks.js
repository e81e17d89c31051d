// A list of emergency tasks follows its facts: a line says that something changed; nothing moves under the thumb.

import { swapFrom } from "../swap.js";

export function start(list) {
  const line = list.querySelector("[data-news]");
  const follow = async () => {
    const isBusy = () => document.activeElement?.matches?.("input, textarea, select") || list.querySelector("details[open] form") !== null;
    if (list.querySelector("[data-swap]") && !isBusy()) {
      const { isSwapped } = await swapFrom(location.pathname, { unless: isBusy });
      if (isSwapped) return;
    }
    line.hidden = false;
  };
  document.addEventListener("live:incident", follow);
}
