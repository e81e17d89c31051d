// Every script of ours can be read by a browser: a name declared twice stops a whole page.

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";

const SCRIPTS = new URL("../../web/static/js/", import.meta.url);
const files = readdirSync(SCRIPTS, { recursive: true }).filter((name) => name.endsWith(".js"));

/** What is wrong with the words of a script; what it misses outside a browser is no fault of it. */
async function faultOf(name) {
  try {
    await import(new URL(name, SCRIPTS));
    return null;
  } catch (fault) {
    return fault instanceof SyntaxError ? `${name}: ${fault.message}` : null;
  }
}

test("every script can be read", async () => {
  const faults = [];
  for (const name of files) faults.push(await faultOf(name));
  assert.deepEqual(faults.filter(Boolean), []);
});
