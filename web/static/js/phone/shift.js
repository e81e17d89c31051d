// A shift on the phone: going on and off duty, positions while on duty, calls for help. Everything is kept first and sent
// from there, in this order: calls, duty, positions. Nothing of somebody goes out under another person's name.

import { isWorth, asPosition, asSent, batchOf, dutyOutcome, momentOf, shiftAfter } from "./shift-rules.js";
import { distance } from "../metres.js";
import { addRow, dropRows, keepCall, listCalls, listRows, putRow, recall, remember, renewCall, tell } from "./store.js";

const MOST_AT_ONCE = 2_000;
const TIMEOUT_MS = 20_000;
const CALLS = "citygrid-calls";
const FORGET_CALLS_MS = 24 * 3600_000;
const JSON_SENT = { "content-type": "application/json", accept: "application/json" };

/** Asks the server with a token; `{status, code, body}`, status 0 where there is no network. */
export async function askServer(method, address, { token = "", body } = {}) {
  try {
    const answer = await fetch(address, {
      method, credentials: "same-origin", cache: "no-store", signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: { ...JSON_SENT, "x-csrf-token": token }, body: body ? JSON.stringify(body) : undefined,
    });
    const said = answer.redirected ? null : await answer.json().catch(() => null);
    return { status: answer.redirected ? 401 : answer.status, code: said?.code ?? "", body: said };
  } catch {
    return { status: 0, code: "", body: null };
  }
}

/** How somebody's shift stands on this phone: `{isOn, since, isSent, told, agreed}`; `told` is what the server said last. */
export async function shiftOf(owner) {
  const [told, agreed, rows] = await Promise.all([recall(`duty:${owner}`), recall(`agreed:${owner}`), listRows("duty", owner)]);
  return { ...shiftAfter(told, rows), told: told ?? null, agreed: agreed ?? null };
}

/** Asks how the shift stands and keeps the answer; what was said before where there is no network. `isForMe`: goes on duty at all. */
export async function askShift(owner) {
  const answer = await askServer("GET", "/api/v1/duty");
  if (answer.status === 200 && answer.body.mover === owner) await remember(`duty:${owner}`, answer.body);
  return { ...await shiftOf(owner), isForMe: answer.status !== 403 };
}

/** Keeps that somebody agrees to a text, or (null) that he or she does no longer. */
export async function agree(owner, version) {
  await remember(`agreed:${owner}`, version === null ? null : { version, at: new Date().toISOString() });
}

/** Keeps that somebody goes on (`start`) or off (`end`) duty now; it is sent as soon as there is a network. */
export async function goOn(owner, kind) {
  const agreed = await recall(`agreed:${owner}`);
  await addRow("duty", { owner, kind, at: new Date().toISOString(), offsetMs: await recall("offsetMs") ?? null, version: agreed?.version ?? "" });
  tell();
}

/**
 * Keeps positions of somebody while the page is open. `heard(fix)` hears every fix that is exact enough, `stopped(code)`
 * why there are none. Answers how to end it.
 */
export function follow(owner, { heard = () => {}, stopped = () => {} } = {}) {
  let last = null;
  const take = async (seen) => {
    const fix = asPosition(seen, { now: Date.now(), offsetMs: await recall("offsetMs") ?? null });
    heard(fix);
    last ??= await recall(`last:${owner}`) ?? null;
    if (!isWorth(last, fix, last ? distance(last, fix) : 0)) return;
    last = fix;
    await remember(`last:${owner}`, fix).catch(() => {});
    await addRow("positions", { ...fix, owner }).catch(() => {}); // a full phone loses positions before anything else
  };
  const options = { enableHighAccuracy: true, maximumAge: 4_000, timeout: 30_000 };
  const watch = navigator.geolocation.watchPosition((seen) => take(seen).catch((fault) => console.error("a position was not kept", fault)), ({ code }) => stopped(code), options);
  return () => navigator.geolocation.clearWatch(watch);
}

/**
 * Sends what waits of a shift, duty first, then its positions, oldest first. `me` is who is signed in, with a token.
 * Answers `done`, `later`, `consent` (a new text has to be agreed to) or `token`.
 */
export async function sendShift(me) {
  for (const row of await listRows("duty", me.owner)) {
    const said = await sendDuty(row, me);
    if (said !== "done") return said;
  }
  return sendPositions(me);
}

async function sendDuty(row, me) {
  const body = { at: momentOf(row, clockOf(me)), ...(row.kind === "start" ? { consent_version: row.version } : {}) };
  const answer = await askServer("POST", `/api/v1/duty/${row.kind}`, { token: me.token, body });
  if (answer.code === "form_expired") return "token";
  const outcome = dutyOutcome(answer);
  if (outcome === "later") return "later";
  if (outcome === "consent") {
    const agreed = await recall(`agreed:${me.owner}`);
    const isNewer = agreed && agreed.version !== row.version;
    if (isNewer) return sendAgain({ ...row, version: agreed.version }, me);
    await agree(me.owner, null);
    tell();
    return "consent";
  }
  if (outcome === "sent") await remember(`duty:${me.owner}`, answer.body);
  else await remember(`refused:${me.owner}`, answer.body?.message ?? answer.code);
  await dropRows("duty", [row.n]);
  tell();
  return "done";
}

/** The same row under the text that was agreed to meanwhile. */
async function sendAgain(row, me) {
  await putRow("duty", row);
  return sendDuty(row, me);
}

/** Forgets that somebody wanted to go on duty, and the positions since: he or she does not agree to the text in force. */
export async function takeBack(owner) {
  for (const name of ["duty", "positions"]) await dropRows(name, (await listRows(name, owner)).map((row) => row.n));
  tell();
}

async function sendPositions(me) {
  for (;;) {
    const rows = await listRows("positions", me.owner, MOST_AT_ONCE);
    const batch = batchOf(rows, await recall(`batch:${me.owner}`), () => crypto.randomUUID());
    if (batch === null) return "done";
    await remember(`batch:${me.owner}`, { number: batch.number, last: batch.last });
    const body = { client_batch: batch.number, positions: asSent(batch.rows, clockOf(me)) };
    const answer = await askServer("POST", "/api/v1/positions", { token: me.token, body });
    if (answer.code === "form_expired") return "token";
    if (answer.status !== 200 && answer.status !== 400 && answer.status !== 413 && answer.status !== 422) return "later";
    if (answer.status !== 200) console.error("positions were refused", answer.code);
    await dropRows("positions", batch.rows.map((row) => row.n));
    await remember(`batch:${me.owner}`, null);
  }
}

function clockOf(me) {
  return { now: Date.now(), offsetMs: me.offsetMs ?? 0 };
}

/** A new call for help, as kept: where somebody was last, by the phone's clock. */
export function newCall(owner, { now, offsetMs, fix }) {
  const where = fix ? { lon: fix.lon, lat: fix.lat, accuracy_m: fix.accuracy_m } : {};
  return { id: crypto.randomUUID(), owner, at: new Date(now).toISOString(), offsetMs, where, tries: 0, heardAt: null, answeredBy: null, note: "", code: "" };
}

/**
 * Sends calls for help that nobody heard yet, and asks whether one was answered. Beside the queue, never behind it: a call
 * does not wait for photos. `token` comes from the page, or is asked for; `held` is a call that the phone may not have kept,
 * and `told` hears how it stands.
 */
export function sendCalls({ owner, token, whoAmI, held = null, told = () => {} }) {
  const send = async () => {
    const now = Date.now();
    let me = { owner, token };
    const kept = await listCalls().catch(() => []);
    const calls = held && !kept.some((one) => one.id === held.id) ? [held, ...kept] : kept;
    for (const call of calls) {
      if (call.owner !== owner || call.answeredBy || call.shut || (call.heardAt && now - call.heardAt > FORGET_CALLS_MS)) continue;
      if (me.token === "") me = await whoAmI();
      let sent = me.owner === owner ? await sendCall(call, me) : await failed(call, me.told ?? "sign_in");
      if (sent.code === "form_expired") {
        me = await whoAmI();
        sent = me.owner === owner ? await sendCall(call, me) : await failed(call, me.told ?? "sign_in");
      }
      if (call.id === held?.id) told(sent);
    }
  };
  return navigator.locks ? navigator.locks.request(CALLS, send) : send();
}

async function failed(call, code) {
  const still = { ...call, tries: call.tries + 1, code };
  await renewCall(still).catch(() => {});
  return still;
}

async function sendCall(call, { token }) {
  const offsetMs = await recall("offsetMs") ?? 0;
  const body = { client_id: call.id, at: momentOf(call, { now: Date.now(), offsetMs }), ...call.where };
  const answer = await askServer("POST", "/api/v1/sos", { token, body });
  const isHeard = answer.status === 200 || answer.status === 201;
  const told = {
    ...call, tries: call.tries + 1, code: isHeard ? "" : answer.code || (answer.status === 401 ? "sign_in" : "no_network"),
    heardAt: call.heardAt ?? (isHeard ? Date.now() : null),
    answeredBy: answer.body?.answered_by ?? call.answeredBy, note: answer.body?.note ?? call.note,
  };
  await (isHeard ? keepCall : renewCall)(told).catch(() => {});
  return told;
}
