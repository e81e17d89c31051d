// By day, by night, in the sun: what somebody chose for this phone, else what the phone says of itself. A cookie, so that the
// server draws the page right at once; a packed page is put right here.

const COOKIE = "citygrid_look";
const YEAR_S = 365 * 24 * 3600;
export const LOOKS = ["auto", "day", "sun", "night"];

/** The look that was chosen; `auto` where nothing was. Pure. */
export function lookIn(cookies) {
  const found = new RegExp(`(?:^|; )${COOKIE}=(\\w+)`).exec(cookies)?.[1];
  return LOOKS.includes(found) ? found : "auto";
}

/** The theme of a look: null is the day. Pure. */
export function themeOf(look, { isDark, isSharp }) {
  if (look !== "auto") return look === "day" ? null : look;
  if (isSharp) return isDark ? "night" : "sun";
  return isDark ? "night" : null;
}

export function applyLook() {
  const [isDark, isSharp] = ["(prefers-color-scheme: dark)", "(prefers-contrast: more)"].map((query) => matchMedia(query).matches);
  const theme = themeOf(lookIn(document.cookie), { isDark, isSharp });
  if (theme === null) delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

export function keepLook(look) {
  document.cookie = `${COOKIE}=${look}; path=/; max-age=${YEAR_S}; samesite=lax`;
  applyLook();
}
