/** What a newcomer can try first; only what the running bot offers. */

import { h, icon } from "./dom.js";
import { label, t } from "./words.js";
import { COMMAND } from "./world.js";

/** @returns {{text: string, why: string}[]} texts for the composer, the best first */
export function tips(world, direct) {
  const found = [];
  const ask = world.command("ask");
  const option = (key) => ask?.options?.find((each) => each.key === key)?.name;
  const [prompt, model] = [option("prompt"), option("model")];
  const more = model ? ` ${model}: GPT-3.5-Turbo` : "";
  if (prompt) found.push({ text: `/${ask.name} ${prompt}: ${t("Explain tides")}${more}`, why: t("Watch the answer grow in one message") });
  const menus = world.commands.some(({ type }) => type === COMMAND.message);
  if (menus && !direct) found.push({ text: `@Quoth ${t("What is this channel about?")}`, why: t("Or mention Quoth in a message") });
  if (direct) found.push({ text: t("Why is the sky blue?"), why: t("No command needed here") });
  const models = world.command("models");
  if (models) found.push({ text: `/${models.name}`, why: t("Browse the models") });
  return found;
}

/** The tips as buttons that fill the composer. */
export function tipCards(list, fill) {
  const cards = list.map(({ text, why }) => h("button", { type: "button", class: "tip", onclick: () => fill(text) }, h("span", { class: "faint" }, why), h("span", { class: "tip-text" }, text)));
  return h("div", { class: "tips" }, h("h3", {}, icon("spark"), t("Try this")), cards);
}

/** A button that shows the tips, for channels whose beginning is out of sight. */
export class TipsButton {
  /**
   * @param {HTMLElement} place
   * @param {(text: string) => void} fill
   */
  constructor(place, fill) {
    this.fill = fill;
    this.button = h("button", { type: "button", id: "tips-button", class: "quiet", popovertarget: "tips-panel", title: t("Try this"), ...label("Try this") }, icon("spark"));
    this.panel = h("div", { id: "tips-panel", popover: "auto" });
    place.append(this.button, this.panel);
  }

  /** @param {{text: string, why: string}[]} list */
  show(list) {
    const pick = (text) => {
      this.panel.hidePopover();
      this.fill(text);
    };
    this.button.hidden = list.length === 0;
    this.panel.replaceChildren(tipCards(list, pick));
  }
}
