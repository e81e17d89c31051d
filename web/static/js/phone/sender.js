// Sends what waits in the queue, photos first and in pieces, then the form that names them. Pages and the worker run the same;
// a lock lets one of them at a time. Every item has a number of its own, under which the server takes it once.

import { after, dueItems, nextPiece, offsetOf, outcomeOf, photoField } from "./rules.js";
import { sendCalls, sendShift } from "./shift.js";
import { StoreFull, dropPhotos, getItem, keepItem, listCalls, listItems, listRows, photosOf, recall, remember, tidy } from "./store.js";

const LOCK = "citygrid-queue";
const SHIFT = "citygrid-shift";
const LOST_IN_A_ROW = 3;
const TIMEOUT_MS = 30_000;
const MOST_PIECES_LOST = 6;

/**
 * Sends what is due and answers `{told, nextAt}`: how it went, and when something is due again (null: nothing waits). Calls for
 * help go first and the shift beside the queue: neither waits behind photos.
 */
export async function sendAll({ isUrgent = false, only = null } = {}) {
  const shift = sendShiftOf().catch((fault) => console.error("the shift was not sent", fault));
  const told = await locked(LOCK, () => sendDue({ isUrgent, only }));
  await shift;
  return told;
}

function locked(name, work) {
  return navigator.locks ? navigator.locks.request(name, work) : work();
}

/** Calls, duty and positions of whoever is at the phone. */
export async function sendShiftOf() {
  const owner = await recall("owner");
  if (!owner) return;
  const hasCalls = (await listCalls()).some((call) => call.owner === owner && !call.heardAt);
  const hasRows = (await listRows("duty", owner, 1)).length + (await listRows("positions", owner, 1)).length > 0;
  if (!hasCalls && !hasRows) return;
  if (hasCalls) await sendCalls({ owner, token: "", whoAmI });
  if (hasRows) await locked(SHIFT, () => sendRows(owner));
}

async function sendRows(owner, isAgain = false) {
  const me = await whoAmI();
  if (me.owner !== owner) return;
  if (await sendShift(me) === "token" && !isAgain) await sendRows(owner, true);
}

async function sendDue({ isUrgent, only }) {
  await tidy(Date.now());
  const waiting = (await listItems()).filter((item) => item.state === "waiting");
  if (waiting.length === 0) return { told: "empty", nextAt: null };
  let me = await whoAmI();
  if (me.told) return { told: me.told, nextAt: nextAt(waiting) };
  const due = dueItems(waiting, { owner: me.owner, now: Date.now(), isUrgent }).filter((item) => only === null || item.id === only);
  let lost = 0;
  for (const item of due) {
    const now = await getItem(item.id); // meanwhile it may have been changed or removed
    if (now?.state !== "waiting") continue;
    const outcome = await sendOne(now, me);
    if (outcome.kind === "sign_in") return { told: "sign_in", nextAt: null };
    if (outcome.kind === "token") me = await whoAmI();
    if (me.told) return { told: me.told, nextAt: nextAt(waiting) };
    lost = outcome.kind === "later" ? lost + 1 : 0;
    if (lost >= LOST_IN_A_ROW) break;
  }
  const left = (await listItems()).filter((item) => item.state === "waiting" && item.owner === me.owner);
  return { told: left.length > 0 ? "waiting" : "done", nextAt: nextAt(left) };
}

function nextAt(items) {
  return items.length > 0 ? Math.min(...items.map((item) => item.nextAt)) : null;
}

/** Who is signed in, with the token that changes carry; keeps how far the server's clock is ahead. */
export async function whoAmI() {
  const askedAt = Date.now();
  try {
    const answer = await ask("/api/v1/me", { headers: { accept: "application/json" } });
    if (!answer.ok) return { told: "no_network" };
    const { person, csrf_token: token, now } = await answer.json();
    const offsetMs = now ? offsetOf(now, askedAt, Date.now()) : await knownOffset();
    if (now) await remember("offsetMs", offsetMs).catch(() => {}); // a full phone sends all the same
    return person ? { owner: person.key, token, offsetMs } : { told: "sign_in" };
  } catch {
    return { told: "no_network" };
  }
}

async function sendOne(item, me) {
  await noted({ ...item, state: "sending" });
  const photos = await photosOf(item);
  if (photos.includes(null)) {
    const lacks = { code: "photo_cleared", message: null };
    await keepItem(after({ ...item, photos: photos.filter(Boolean).map((photo) => photo.id) }, { kind: "refused" }, { answer: lacks, now: Date.now() }));
    return { kind: "refused" };
  }
  let [outcome, answer] = [null, {}];
  for (const photo of photos) {
    [outcome, answer] = await sendPhoto(photo, me);
    if (outcome.kind !== "sent") break;
  }
  if (outcome === null || outcome.kind === "sent") [outcome, answer] = await sendForm(item, photos, me);
  const told = after(item, outcome, { answer, now: Date.now() });
  const isNoted = await noted(told);
  if (outcome.kind === "sent") await dropPhotos(item.photos);
  if (!isNoted) await noted(told); // photos that are gone have made room
  return outcome;
}

/** Keeps how an item stands; a phone that is too full even for that sends on, since sending makes room. */
async function noted(item) {
  try {
    await keepItem(item);
    return true;
  } catch (fault) {
    if (fault instanceof StoreFull) return false;
    throw fault;
  }
}

/** Sends what the server has not got of a photo; answers an outcome and what the server said. */
async function sendPhoto(photo, { token }) {
  const address = `/m/photos/${photo.id}`;
  const accept = { accept: "application/json" };
  let lost = 0;
  let offset = null;
  for (;;) {
    try {
      if (offset === null) {
        const told = await ask(address, { method: "HEAD", headers: accept });
        if (!told.ok) return [outcomeOf({ status: told.redirected ? 401 : told.status, code: told.status === 403 ? "wrong_role" : "" }), {}];
        if (told.redirected) return [{ kind: "sign_in" }, {}];
        if (told.headers.has("upload-whole")) return [{ kind: "sent" }, {}];
        offset = Number(told.headers.get("upload-offset"));
      }
      const piece = nextPiece(offset, photo.blob.size);
      if (piece === null) return [{ kind: "refused" }, { code: "photo_unreadable" }];
      const headers = { ...accept, "x-csrf-token": token, "content-type": "application/offset+octet-stream", "upload-offset": String(offset), "upload-length": String(photo.blob.size) };
      const answer = await ask(address, { method: "PATCH", headers, body: photo.blob.slice(...piece) });
      if (answer.ok) {
        if (answer.headers.has("upload-whole")) return [{ kind: "sent" }, {}];
        offset = Number(answer.headers.get("upload-offset"));
        continue;
      }
      const said = await answer.json().catch(() => ({}));
      if (said.code === "piece_out_of_place" && lost < MOST_PIECES_LOST) {
        [lost, offset] = [lost + 1, null];
        continue;
      }
      return [outcomeOf({ status: answer.status, code: said.code, retryAfterS: waitOf(answer) }), said];
    } catch {
      lost += 1;
      offset = null; // how much of the piece came is the server's to say
      if (lost >= LOST_IN_A_ROW) return [{ kind: "later", waitMs: null }, {}];
    }
  }
}

async function sendForm(item, photos, { token }) {
  const body = new FormData();
  for (const [name, value] of item.fields) if (name !== "csrf" && name !== "client_id") body.append(name, value);
  body.append("client_id", item.id);
  for (const photo of photos) body.append(photoField(photo.field), photo.id);
  try {
    const answer = await ask(item.action, { method: "POST", headers: { accept: "application/json", "x-csrf-token": token }, body });
    const said = await answer.json();
    return [outcomeOf({ status: answer.status, code: said.code, retryAfterS: waitOf(answer) }), said];
  } catch {
    return [{ kind: "later", waitMs: null }, {}];
  }
}

function waitOf(answer) {
  const said = answer.headers.get("retry-after");
  return said === null ? null : Number(said) || 60;
}

function ask(address, options) {
  return fetch(address, { ...options, credentials: "same-origin", cache: "no-store", signal: AbortSignal.timeout(TIMEOUT_MS) });
}

/** How far the server's clock is ahead of this phone's, as last learnt, in ms. */
export async function knownOffset() {
  return (await recall("offsetMs")) ?? 0;
}
