// The map of a page, for parts that need it: whoever asks gets it once it is there.

/** The CityMap of an element, once it is open. */
export function openedMap(element) {
  if (element.cityMap) return Promise.resolve(element.cityMap);
  return new Promise((resolve) => {
    const watch = new MutationObserver(() => {
      if (!element.cityMap) return;
      watch.disconnect();
      resolve(element.cityMap);
    });
    watch.observe(element, { attributes: true, childList: true, subtree: true });
  });
}
