// The rules of the phone's queue: what an item is, what becomes of it after an attempt, when it is tried again, and how
// items that an older version of this script wrote are read. Pure: tested with node, used by pages and by the worker.

export const SCHEMA = 3;
export const STATES = ["draft", "waiting", "sending", "sent", "refused"];
export const KEEP_SENT_MS = 3 * 24 * 3600_000;
const FIRST_WAIT_MS = 5_000;
const LONGEST_WAIT_MS = 10 * 60_000;
const MOST_TEXT = 60;

/** A new item of the queue: `fields` are pairs as a form sends them, `photos` numbers of photos in the store. */
export function newItem({ id, owner, action, kind, origin, title, fields, photos = [], task = null, madeAt, offsetMs = 0, state = "waiting" }) {
  return {
    schema: SCHEMA, id, owner, action, kind, origin, title, fields, photos, task, madeAt, offsetMs, state,
    attempts: 0, nextAt: 0, reason: null, code: null, caseNo: null, page: null, sentAt: null,
  };
}

/** What kind of thing a form sends, by its address: report, step, task, owed report, component or survey. */
export function kindOf(action) {
  if (action === "/m/report") return "report";
  if (action.startsWith("/cases/")) return "step";
  if (action.startsWith("/m/emergency/")) return "task";
  if (action.startsWith("/m/reports/")) return "owed_report";
  return action.startsWith("/m/components/") ? "component" : "survey";
}

/**
 * What an attempt came to. `later`: the network or the server was away; `sign_in`: nobody is signed in; `token`: the page's
 * token is old; `photos`: the server wants a photo again; `refused`: a person has to look at it; `sent`.
 */
export function outcomeOf({ status = 0, code = "", retryAfterS = null }) {
  if (status === 0 || status >= 500 || status === 408) return { kind: "later", waitMs: retryAfterS === null ? null : retryAfterS * 1000 };
  if (status === 429) return { kind: "later", waitMs: (retryAfterS ?? 60) * 1000 };
  if (status === 401) return { kind: "sign_in" };
  if (status === 403 && code === "form_expired") return { kind: "token" };
  if (code === "photo_not_sent" || code === "photo_missing") return { kind: "photos" };
  return { kind: status < 300 ? "sent" : "refused" };
}

/** How long to wait after so many attempts that came to nothing: twice as long each time, ten minutes at most, never in step. */
export function waitMs(attempts, random = Math.random()) {
  return Math.min(FIRST_WAIT_MS * 2 ** Math.min(attempts - 1, 12), LONGEST_WAIT_MS) * (0.5 + random / 2);
}

/** The item after an attempt. `answer` is what the server said, `now` the phone's time in ms. */
export function after(item, outcome, { answer = {}, now, random }) {
  const attempts = item.attempts + 1;
  const tried = { ...item, attempts };
  if (outcome.kind === "sent") {
    return { ...tried, state: "sent", sentAt: now, caseNo: answer.case_no ?? null, page: answer.page ?? null, reason: null, code: null };
  }
  if (outcome.kind === "refused") {
    return { ...tried, state: "refused", reason: answer.message ?? null, code: answer.code ?? "malformed" };
  }
  return { ...tried, state: "waiting", nextAt: now + (outcome.waitMs ?? waitMs(attempts, random)), code: outcome.kind === "sign_in" ? "sign_in" : "no_network" };
}

/** Whether somebody may change what an item says: not while the server may have it already. */
export function isEditable(item) {
  return item.state === "draft" || item.state === "refused" || (item.state === "waiting" && item.attempts === 0);
}

/** What to send now, the oldest first; `isUrgent` does not wait for the time of the next attempt. */
export function dueItems(items, { owner, now, isUrgent = false }) {
  return items
    .filter((item) => item.owner === owner && item.schema <= SCHEMA && item.state === "waiting" && (isUrgent || item.nextAt <= now))
    .sort((one, other) => (one.madeAt < other.madeAt ? -1 : Number(one.madeAt > other.madeAt)));
}

/** How a person's queue stands: numbers by state, and how many items of others wait on this phone. */
export function countsOf(items, owner) {
  const counts = Object.fromEntries(STATES.map((state) => [state, 0]));
  let others = 0;
  for (const item of items) {
    if (item.owner === owner) counts[item.state] += 1;
    else if (item.state !== "sent") others += 1;
  }
  return { ...counts, open: counts.waiting + counts.sending + counts.refused, others };
}

/** Items that were being sent when the script ended wait again; what they say was maybe taken, which their number settles. */
export function resumed(item) {
  return item.state === "sending" ? { ...item, state: "waiting", nextAt: 0, attempts: Math.max(1, item.attempts) } : item;
}

/** Whether a sent item may be forgotten. */
export function isOld(item, now) {
  return item.state === "sent" && now - (item.sentAt ?? 0) > KEEP_SENT_MS;
}

/**
 * An item as this version writes it. Versions 1 and 2 kept fields as an object, and called the states otherwise; version 1
 * kept its photos inside, which the store takes out (`inside`). What a newer version wrote is left as it is.
 */
export function upgraded(record) {
  const schema = record.schema ?? 1;
  if (schema >= SCHEMA) return { item: record, inside: [] };
  const states = { queued: "waiting", pending: "waiting", failed: "refused", error: "refused", done: "sent", draft: "draft" };
  const fields = Array.isArray(record.fields) ? record.fields : Object.entries(record.fields ?? record.form ?? {});
  const action = record.action ?? record.url ?? "/m/report";
  const made = newItem({
    id: record.id ?? record.client_id, owner: record.owner ?? (record.person_id ? `p${record.person_id}` : null), action,
    kind: kindOf(action), origin: record.origin ?? action, title: record.title ?? "",
    fields: fields.filter(([name]) => name !== "csrf"), photos: record.photoIds ?? [], task: record.task ?? null,
    madeAt: record.madeAt ?? record.created ?? new Date(0).toISOString(), offsetMs: record.offsetMs ?? 0,
    state: states[record.state] ?? (STATES.includes(record.state) ? record.state : "waiting"),
  });
  const kept = { attempts: record.attempts ?? 0, reason: record.reason ?? null, code: record.code ?? null, caseNo: record.caseNo ?? record.case_no ?? null };
  return { item: { ...made, ...kept }, inside: (record.photos ?? []).filter((photo) => typeof photo === "object") };
}

/** The time of the server for a moment of this phone, in ms. */
export function serverTime(item) {
  return Date.parse(item.madeAt) + item.offsetMs;
}

/** How far the server's clock is ahead, from what it said and when it was asked and answered, in ms. */
export function offsetOf(serverNow, askedAt, answeredAt) {
  const said = Date.parse(serverNow);
  return Number.isFinite(said) ? Math.round(said - (askedAt + answeredAt) / 2) : 0;
}

/** What somebody wrote, in a line: the description, note or text of an item. */
export function writtenIn(item) {
  const found = item.fields.find(([name, value]) => ["description", "text", "note", "reason", "words"].includes(name) && value.trim());
  const words = found ? found[1].trim() : "";
  return words.length > MOST_TEXT ? `${words.slice(0, MOST_TEXT)}…` : words;
}

/** The name under which a form says the number of a photo of one of its inputs. */
export function photoField(name) {
  return `${name}_id`;
}

/** The pieces of a photo of `size` bytes that are left from `offset`: [start, end) of the next one; null when there is none. */
export function nextPiece(offset, size, most = 192 * 1024) {
  return offset < size ? [offset, Math.min(offset + most, size)] : null;
}
