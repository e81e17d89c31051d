// What is looked for on every page of the phone: targets too small for a thumb, things without a name, text too pale.
// Put into a page by test_the_phone_is_for_thumb_and_sun.py.

globalThis.phoneChecks = (() => {
  const OURS = "a[href], button, select, textarea, summary, input:not([type=hidden])";
  const seen = (e) => e.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }) && e.getClientRects().length > 0
    && !e.closest(".skip, .unseen, .maplibregl-ctrl-attrib");
  const said = (e) => `${e.tagName.toLowerCase()}.${e.className || e.name || ""} ${(e.textContent || "").trim().slice(0, 20)}`;

  /** Targets below `least` pixels either way; a box or a file counts with its label, a link within text not at all. */
  const small = (least) => {
    const label = (e) => e.closest("label") ?? document.querySelector(`label[for="${e.id}"]`) ?? e;
    const target = (e) => (e.matches("[type=radio], [type=checkbox], [type=file]") ? label(e) : e.closest(".place-box") ?? e);
    const inText = (e) => e.matches("a") && getComputedStyle(e).display === "inline";
    const size = (e) => e.getBoundingClientRect();
    return [...document.querySelectorAll(OURS)].map(target).filter((e) => seen(e) && !inText(e))
      .filter((e) => size(e).width < least - 0.5 || size(e).height < least - 0.5)
      .map((e) => `${said(e)} ${Math.round(size(e).width)}×${Math.round(size(e).height)}`);
  };

  /** What can be used, or is a group, and has no name to be told by; pictures without a word of what they show. */
  const unnamed = () => {
    const named = (e) => e.getAttribute("aria-label") || e.getAttribute("title") || e.textContent.trim()
      || [...e.labels ?? []].some((one) => one.textContent.trim()) || document.getElementById(e.getAttribute("aria-labelledby"));
    const all = [...document.querySelectorAll(`${OURS}, [role=group], [role=radiogroup], progress`)].filter((e) => seen(e) && !named(e));
    return [...all, ...[...document.images].filter((e) => !e.hasAttribute("alt"))].map(said);
  };

  const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgb = (words) => {
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = words;
    pen.fillRect(0, 0, 1, 1);
    return [...pen.getImageData(0, 0, 1, 1).data];
  };
  const light = (colour) => colour.slice(0, 3).map((n) => n / 255).map((n) => (n <= 0.03928 ? n / 12.92 : ((n + 0.055) / 1.055) ** 2.4))
    .reduce((sum, n, k) => sum + n * [0.2126, 0.7152, 0.0722][k], 0);
  const behind = (e) => {
    for (let at = e; at; at = at.parentElement) {
      const colour = rgb(getComputedStyle(at).backgroundColor);
      if (colour[3] > 200) return colour;
    }
    return [255, 255, 255, 255];
  };

  /** Text whose contrast with what lies behind it is below `least` to 1 (WCAG 2.2, relative luminance). */
  const pale = (least) => {
    const found = new Set();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const e = node.parentElement;
      if (!node.data.trim() || !seen(e) || e.closest("script, style, canvas, .maplibregl-map, [disabled]")) continue;
      const [one, other] = [light(rgb(getComputedStyle(e).color)), light(behind(e))].sort((a, b) => b - a);
      const ratio = (one + 0.05) / (other + 0.05);
      if (ratio < least) found.add(`${said(e)} ${ratio.toFixed(1)}`);
    }
    return [...found];
  };

  /** Done once no colour is on its way to another: a page kept by the worker takes its style after it was drawn. */
  const settled = () => Promise.all(document.getAnimations().filter((one) => one instanceof CSSTransition).map((one) => one.finished));

  /** What makes an app installable, each as true or its value. */
  const installable = async () => {
    const app = await (await fetch(document.querySelector("link[rel=manifest]").href)).json();
    const isWhatItSays = async ({ src, sizes, type }) => {
      const answer = await fetch(src);
      const picture = await createImageBitmap(await answer.blob());
      return `${picture.width}x${picture.height}` === sizes && answer.headers.get("content-type") === type;
    };
    const icons = await Promise.all(app.icons.map(isWhatItSays));
    const worker = await navigator.serviceWorker.ready;
    const isInside = (address) => address === app.scope || address.startsWith(`${app.scope}/`);
    return {
      names: Boolean(app.name && app.short_name.length <= 12), display: app.display, icons: icons.every(Boolean),
      large: app.icons.some((icon) => icon.sizes === "512x512"), mask: app.icons.some((icon) => icon.purpose === "maskable"),
      start: isInside(app.start_url), shortcuts: app.shortcuts.every(({ url }) => isInside(url)),
      worker: new URL(worker.scope).pathname, script: new URL(worker.active.scriptURL).pathname,
      bar: document.querySelector("meta[name=theme-color]").content === app.theme_color,
      view: document.querySelector("meta[name=viewport]").content.includes("width=device-width"),
    };
  };
  return { small, unnamed, pale, settled, installable };
})();
