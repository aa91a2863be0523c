/** What a newcomer can try first; only what the running bot offers. */

import { h, icon } from "./dom.js";
import { COMMAND } from "./world.js";

/** @returns {{text: string, why: string}[]} texts for the composer, the best first */
export function tips(world, direct) {
  const found = [];
  const ask = world.command("ask");
  const takes = (name) => ask?.options?.some((option) => option.name === name);
  if (takes("prompt")) found.push({ text: `/ask prompt: Explain tides${takes("model") ? " model: GPT-3.5-Turbo" : ""}`, why: "Watch the answer grow in one message" });
  const menus = world.commands.some(({ type }) => type === COMMAND.message);
  if (menus && !direct) found.push({ text: "@Quoth What is this channel about?", why: "Or mention Quoth in a message" });
  if (direct) found.push({ text: "Why is the sky blue?", why: "No command needed here" });
  if (world.command("models")) found.push({ text: "/models", why: "Browse the models" });
  return found;
}

/** The tips as buttons that fill the composer. */
export function tipCards(list, fill) {
  const cards = list.map(({ text, why }) => h("button", { type: "button", class: "tip", onclick: () => fill(text) }, h("span", { class: "faint" }, why), h("span", { class: "tip-text" }, text)));
  return h("div", { class: "tips" }, h("h3", {}, icon("spark"), "Try this"), cards);
}

/** A line above the composer, for channels whose beginning is out of sight. */
export function tipLine({ text }, fill, close) {
  return h(
    "p",
    { class: "tip-line" },
    icon("spark"),
    h("span", {}, "Try "),
    h("button", { type: "button", class: "tip-text", onclick: () => fill(text) }, text),
    h("button", { type: "button", class: "quiet", "aria-label": "Hide this tip", onclick: close }, icon("close")),
  );
}
