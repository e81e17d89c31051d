// Asks the geocoding engine of this host, for somebody who is still typing: the last question alone is answered.

const HEADERS = { accept: "application/json" };
const REMEMBERED = 60;

/**
 * Lets many questions come and answers the last: waits for a pause of `waitMs`, calls off the question before, and
 * drops an answer that comes after a newer question. `send(text, signal)` answers what `use` is given. Pure but for clocks.
 */
export function askingLast(send, { waitMs, later = setTimeout, never = clearTimeout } = {}) {
  let waiting = null;
  let flight = null;
  const stop = () => {
    never(waiting);
    flight?.abort();
    flight = null;
  };
  return {
    stop,
    ask(text, use, { isAtOnce = false } = {}) {
      stop();
      const mine = new AbortController();
      flight = mine;
      const go = async () => {
        const answer = await send(text, mine.signal);
        if (flight === mine) use(answer);
      };
      if (isAtOnce) return go();
      waiting = later(go, waitMs);
      return null;
    },
  };
}

/** What a sentence means: candidates with confidence, the reading, a message; or `{problem}`. */
export function geocode(text, { near = null, signal, limit = 5 } = {}) {
  return ask("geocode", { q: text, limit, ...nearby(near) }, signal);
}

/** Completions of what is being typed; those of the last questions are remembered. */
export async function suggest(text, { near = null, signal, limit = 7 } = {}) {
  const asked = { q: text.replaceAll("'", ""), limit, ...nearby(near) };
  const key = JSON.stringify(asked);
  if (remembered.has(key)) return remembered.get(key);
  const answer = await ask("suggest", asked, signal);
  if (!answer.problem) {
    remembered.set(key, answer);
    if (remembered.size > REMEMBERED) remembered.delete(remembered.keys().next().value);
  }
  return answer;
}

/** What a sentence means; where that is nothing, what its words may be the beginning of: `suggestions` beside an empty list. */
export async function find(text, { near = null, signal, limit = 5 } = {}) {
  const answer = await geocode(text, { near, signal, limit });
  if (answer.problem || answer.candidates.length > 0 || answer.outcome === "elsewhere") return answer;
  const { suggestions = [] } = await suggest(text, { near, signal, limit });
  return { ...answer, suggestions };
}

/** A place in words, no finer than it is exact, in degrees of `system`; or `{problem}`. */
export function reverse({ lon, lat }, { system = "EPSG:4490", accuracy = null, signal } = {}) {
  return ask("reverse", { lon: lon.toFixed(7), lat: lat.toFixed(7), system, ...(accuracy ? { accuracy_m: accuracy.toFixed(1) } : {}) }, signal);
}

const remembered = new Map();

/** A view that moves a little asks the same question: a thousandth of a degree is about 100 m. */
function nearby(place) {
  return place ? { lon: place.lon.toFixed(3), lat: place.lat.toFixed(3) } : {};
}

async function ask(path, values, signal) {
  let answer;
  try {
    answer = await fetch(`/api/v1/${path}?${new URLSearchParams(values)}`, { headers: HEADERS, signal });
    if (answer.ok) return await answer.json();
  } catch {
    // called off or broken off, maybe after its head had come: half an answer is none
    return { problem: { kind: "offline", code: "offline" } };
  }
  const body = await answer.json().catch(() => ({}));
  return { problem: problemOf(answer.status, body, answer.headers.get("retry-after")) };
}

/** Why there is no answer: too often, refused, or broken. Pure. */
export function problemOf(status, { code = "", message = "" } = {}, retryAfter = null) {
  if (status === 429) return { kind: "too_often", code: code || "too_often", waitS: Number(retryAfter) || 60 };
  if (status >= 500) return { kind: "broken", code: code || "bug" };
  return { kind: "refused", code: code || "malformed", message };
}
