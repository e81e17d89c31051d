// Every script of ours can be read by a browser: a name declared twice stops a whole page.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const SCRIPTS = fileURLToPath(new URL("../../web/static/js", import.meta.url));
const files = readdirSync(SCRIPTS, { recursive: true }).filter((name) => name.endsWith(".js"));

test("every script can be read", () => {
  const broken = files.filter((name) => {
    try {
      execFileSync(process.execPath, ["--check", join(SCRIPTS, name)], { stdio: "pipe" });
      return false;
    } catch {
      return true;
    }
  });
  assert.deepEqual(broken, []);
});
