// Writes beside the bundles what they were built from, so that a test can tell without node that they are up to date.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";

const FOLDER = "../../plugins/igny8/static/";
const GENERATED = "src/api/schema.ts"; // types only, made of the API's document
const sources = readdirSync("src", { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => `${entry.parentPath}/${entry.name}`)
  .filter((name) => name !== GENERATED && !name.includes(".test."))
  .concat("package.json", "package-lock.json", "tsconfig.json", "vite.config.ts");
const sha256 = (data) => createHash("sha256").update(data).digest("hex");

const all = createHash("sha256");
for (const name of sources.sort()) all.update(`${name} ${sha256(readFileSync(name))}\n`);
const bundles = readdirSync(FOLDER).filter((name) => name.endsWith(".js"));
const stamp = {
  sources: all.digest("hex"),
  bundles: Object.fromEntries(bundles.sort().map((name) => [name, sha256(readFileSync(FOLDER + name))])),
};
writeFileSync(`${FOLDER}built.json`, `${JSON.stringify(stamp, null, 2)}\n`);
