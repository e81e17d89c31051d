// What a telephone system knows of a call stands behind the # of the address, where no log of requests sees it.

import assert from "node:assert/strict";
import { test } from "node:test";

import { callAddress, knownOf } from "../../web/static/js/call-address.js";

test("what is written behind the # is what is read", () => {
  const address = callAddress({ phone: "13800000000", name: "来电人", source: "hotline" });
  assert.ok(address.startsWith("/desk/operator/register#"));
  assert.deepEqual(knownOf(new URL(address, "https://city").hash), { contact_phone: "13800000000", contact_name: "来电人", source: "hotline" });
});

for (const [hash, known, because] of [
  ["#contact_phone=13800000000&source=hotline_12345", { contact_phone: "13800000000", source: "hotline_12345" }, "a call"],
  ["#contact_name=%E6%9D%A5%E7%94%B5%E4%BA%BA", { contact_name: "来电人" }, "in any script"],
  ["#description=x&csrf=y", {}, "nothing else is filled in"],
  ["#place-history", {}, "a link within the page"],
  [`#contact_name=${"a".repeat(99)}`, { contact_name: "a".repeat(50) }, "as long as a name may be"],
]) {
  test(`a call: ${because}`, () => assert.deepEqual(knownOf(hash), known));
}
