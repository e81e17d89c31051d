// The phone's queue: what becomes of a report after each answer, when it is tried again, and what older versions wrote.

import assert from "node:assert/strict";
import { test } from "node:test";

import { calm } from "../../web/static/js/phone/calm.js";
import { after, countsOf, dueItems, isEditable, isOld, newItem, nextPiece, offsetOf, outcomeOf, resumed, serverTime, upgraded, waitMs, writtenIn } from "../../web/static/js/phone/rules.js";

const item = (changes = {}) => ({
  ...newItem({ id: "a", owner: "p1", action: "/m/report", kind: "report", origin: "/m/report", title: "井盖", fields: [["description", "井盖缺失"]], madeAt: "2026-09-18T01:00:00.000Z" }),
  ...changes,
});

for (const [status, code, kind, because] of [
  [200, "", "sent", "it was taken"],
  [0, "", "later", "the network was away"],
  [503, "database_away", "later", "the server was away"],
  [500, "bug", "later", "a fault of the server is no fault of the report"],
  [429, "too_often", "later", "the server asks for patience"],
  [401, "not_signed_in", "sign_in", "the session has ended: data stay"],
  [403, "form_expired", "token", "somebody signed in again"],
  [403, "not_yours", "refused", "the task was withdrawn meanwhile"],
  [409, "stale_page", "refused", "somebody else answered meanwhile"],
  [422, "photo_elsewhere", "refused", "the evidence does not fit"],
  [400, "photo_not_sent", "photos", "a photo was swept: it is sent again"],
  [413, "too_large", "refused", "sending it again would not make it smaller"],
]) {
  test(`an answer ${status} ${code}: ${because}`, () => {
    assert.equal(outcomeOf({ status, code }).kind, kind);
  });
}

test("a report that was taken keeps its case number and is sent", () => {
  const sent = after(item(), { kind: "sent" }, { answer: { case_no: "61", page: "/m/report/done?no=61" }, now: 5 });
  assert.deepEqual([sent.state, sent.caseNo, sent.page, sent.sentAt], ["sent", "61", "/m/report/done?no=61", 5]);
});

test("a refused report says why, keeps its words and may be changed", () => {
  const refused = after(item(), { kind: "refused" }, { answer: { code: "stale_page", message: "案件有了变化" }, now: 5 });
  assert.deepEqual([refused.reason, writtenIn(refused), isEditable(refused)], ["案件有了变化", "井盖缺失", true]);
});

test("what the server may have already is not changed by the phone", () => {
  assert.equal(isEditable(after(item(), { kind: "later", waitMs: null }, { now: 0, random: 0 })), false);
});

for (const [attempts, least, most, because] of [
  [1, 2_500, 5_000, "soon after the first"],
  [4, 20_000, 40_000, "twice as long each time"],
  [30, 300_000, 600_000, "ten minutes at most"],
]) {
  test(`attempt ${attempts} waits: ${because}`, () => {
    assert.deepEqual([waitMs(attempts, 0), waitMs(attempts, 1)], [least, most]);
  });
}

test("an answer with retry-after is waited for exactly so long", () => {
  const waits = after(item(), outcomeOf({ status: 429, retryAfterS: 7 }), { now: 1_000 });
  assert.equal(waits.nextAt, 8_000);
});

test("only one's own items are sent, the oldest first, and those whose time has come", () => {
  const items = [item({ id: "late", madeAt: "2026-09-18T02:00:00Z" }), item({ id: "other", owner: "p2" }), item({ id: "early" }), item({ id: "resting", nextAt: 99 }), item({ id: "draft", state: "draft" })];
  assert.deepEqual(dueItems(items, { owner: "p1", now: 10 }).map((one) => one.id), ["early", "late"]);
});

test("coming back to the network waits for nothing", () => {
  assert.equal(dueItems([item({ nextAt: 99 })], { owner: "p1", now: 10, isUrgent: true }).length, 1);
});

test("somebody else on the same phone learns how many wait, not what they say", () => {
  const counts = countsOf([item(), item({ id: "b", owner: "p2" }), item({ id: "c", owner: "p2", state: "sent" })], "p1");
  assert.deepEqual([counts.waiting, counts.open, counts.others], [1, 1, 1]);
});

test("an item whose script ended while sending waits again, as one the server may have", () => {
  const again = resumed(item({ state: "sending" }));
  assert.deepEqual([again.state, isEditable(again)], ["waiting", false]);
});

for (const [record, expected, because] of [
  [{ client_id: "x", person_id: 7, form: { description: "旧", csrf: "t" }, photos: [{ blob: 1 }], state: "queued", created: "2026-01-01T00:00:00Z" },
    ["x", "p7", "waiting", [["description", "旧"]], 1], "two releases old: fields as an object, photos inside, other words for states"],
  [{ schema: 2, id: "y", owner: "p7", action: "/cases/61/reply_recheck", fields: { note: "好" }, photoIds: ["f"], state: "failed", reason: "为什么" },
    ["y", "p7", "refused", [["note", "好"]], 0], "one release old: photos apart already"],
  [{ schema: 1, id: "z", owner: "p7", state: "nonsense" }, ["z", "p7", "waiting", [], 0], "what cannot be read is kept and sent rather than lost"],
]) {
  test(`an old item is read: ${because}`, () => {
    const { item: read, inside } = upgraded(record);
    assert.deepEqual([read.id, read.owner, read.state, read.fields, inside.length], expected);
  });
}

test("what a newer version wrote is neither changed nor sent", () => {
  const newer = item({ schema: 99 });
  assert.equal(upgraded(newer).item, newer);
  assert.equal(dueItems([newer], { owner: "p1", now: 1 }).length, 0);
});

test("a phone whose clock is a day ahead shows the server's time", () => {
  const offset = offsetOf("2026-09-18T01:00:00.000Z", Date.parse("2026-09-19T01:00:00Z") - 50, Date.parse("2026-09-19T01:00:00Z") + 50);
  assert.equal(serverTime(item({ madeAt: "2026-09-19T01:00:00.000Z", offsetMs: offset })), Date.parse("2026-09-18T01:00:00Z"));
});

test("pieces of a photo go on where the last one ended, and end", () => {
  assert.deepEqual([nextPiece(0, 10, 4), nextPiece(8, 10, 4), nextPiece(10, 10, 4)], [[0, 4], [8, 10], null]);
});

test("sent items are forgotten after three days, others never", () => {
  const day = 24 * 3600_000;
  assert.deepEqual([isOld(item({ state: "sent", sentAt: 0 }), 4 * day), isOld(item({ state: "refused" }), 400 * day)], [true, false]);
});

test("what changes a hundred times while it is drawn is drawn once more, not a hundred times", async () => {
  let drawn = 0;
  const later = calm(async () => { drawn += 1; }, 1);
  await Promise.all(Array.from({ length: 100 }, later));
  assert.equal(drawn, 2);
});

test("whatever changed last is drawn", async () => {
  let [said, drawn] = [0, 0];
  const later = calm(async () => { drawn = said; }, 1);
  const first = later();
  said = 7;
  await later();
  await first;
  assert.equal(drawn, 7);
});
