/** The menu that switches what stands behind the demo: a button, and a panel of choices in plain sentences. */

import { $, h, icon, safeUrl, toast } from "./dom.js";

const DONE_SHOWS = 4000;

export class Board {
  #rows = new Map();
  #shape = "";

  /** @param {(op: string, fields: object) => Promise<unknown>} ask */
  constructor(ask) {
    this.ask = ask;
    this.state = h("span", { class: "board-state" });
    this.button = h("button", { type: "button", id: "board-button", popovertarget: "board-panel", "aria-haspopup": "dialog" }, this.state, icon("down"));
    this.panel = h("div", { id: "board-panel", popover: "auto", role: "dialog", "aria-labelledby": "board-title", ontoggle: (event) => this.#toggled(event) });
  }

  /** @param {{title: string, options: object[], acts: Record<string, string>, links: Record<string, string>}} board */
  show(board) {
    // Only what has changed is drawn anew, so that focus and scrolling stay where they are.
    const shape = JSON.stringify([board.title, board.options.map(({ key }) => key), board.acts, board.links]);
    if (shape !== this.#shape) this.#build(board);
    this.#shape = shape;
    board.options.forEach((option) => this.#rows.get(option.key).show(option));
    this.#showState(board.title, board.options.filter((option) => option.on && !isUsual(option, board.options)));
  }

  #build(board) {
    this.#rows = new Map(board.options.map((option) => [option.key, new Row(option, (fields) => this.#do("choose", fields))]));
    const groups = [...new Set(board.options.map(({ group }) => group))];
    this.now = h("p", { class: "board-now", role: "status" });
    this.well = h("button", { type: "button", class: "button secondary", id: "board-reset", onclick: () => this.#do("reset", {}) }, "All well");
    this.search = h("input", { type: "search", placeholder: "Find a mood", "aria-label": "Find a mood", autocomplete: "off", oninput: () => this.#filter() });
    this.none = h("p", { class: "board-none", hidden: true }, "No mood speaks of that.");
    const close = h("button", { type: "button", class: "quiet", "aria-label": "Close", popovertarget: "board-panel", popovertargetaction: "hide" }, icon("close"));
    this.groups = groups.map((group) => h("fieldset", {}, h("legend", {}, group), board.options.filter((each) => each.group === group).map(({ key }) => this.#rows.get(key).element)));
    this.panel.replaceChildren(
      h("header", {}, h("div", { class: "board-head" }, h("h2", { id: "board-title" }, board.title), this.well, close), this.now, this.search),
      h("div", { class: "board-list", tabindex: "-1" }, this.none, ...this.groups),
      h("footer", {}, this.#acts(board.acts), this.#links(board.links)),
    );
    $("board").replaceChildren(this.button, this.panel);
  }

  #acts(acts) {
    const buttons = Object.entries(acts).map(([key, label]) => h("button", { type: "button", class: "board-act", "data-act": key, onclick: () => this.#act(key, label) }, label));
    this.done = h("span", { class: "board-done", role: "status" });
    return h("div", { class: "board-acts", role: "group", "aria-label": "Right now" }, h("span", { class: "faint", "aria-hidden": "true" }, "Right now"), buttons, this.done);
  }

  #links(links) {
    const anchors = Object.entries(links).map(([label, address]) => h("a", { href: safeUrl(address), target: "_blank", rel: "noopener" }, label));
    return h("p", { class: "board-links" }, h("span", { class: "faint" }, "Look at"), anchors);
  }

  #showState(title, on) {
    for (const [key, { element }] of this.#rows) element.classList.toggle("on", on.some((option) => option.key === key));
    this.button.classList.toggle("on", on.length > 0);
    this.state.replaceChildren(title, h("b", {}, on.length ? `${on.length} on` : "all well"));
    this.now.textContent = on.length ? on.map((option) => this.#rows.get(option.key).sentence).join(" ") : "All is well: answers come as usual, for everybody here.";
  }

  #filter() {
    const words = this.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of this.#rows.values()) row.element.hidden = !words.every((word) => row.text.includes(word));
    for (const group of this.groups) group.hidden = !group.querySelector(".mood:not([hidden])");
    this.none.hidden = this.groups.some((group) => !group.hidden);
  }

  #toggled({ newState }) {
    this.search.value = "";
    this.#filter();
    // On a phone the keyboard that comes with it would cover the list.
    if (newState === "open" && !matchMedia("(pointer: coarse)").matches) this.search.focus();
  }

  #do(op, fields) {
    return this.ask(op, fields).catch((error) => toast(error.message));
  }

  async #act(key, label) {
    this.done.textContent = "";
    const failed = await this.ask("act", { key }).then(() => null, (error) => error);
    this.done.textContent = failed ? failed.message : `Done: ${label}`;
    setTimeout(() => (this.done.textContent = ""), DONE_SHOWS);
  }
}

/** Of options of which one is always on, the first is the usual one. */
function isUsual(option, options) {
  return option.alone && options.find(({ alone, group }) => alone && group === option.group) === option;
}

/** One choice: a box to tick, a sentence, perhaps a number in it. */
class Row {
  constructor({ key, group, parts, alone, amount }, choose) {
    const id = `mood-${key}`;
    this.parts = parts;
    this.choose = (on) => choose({ key, on, ...(this.number && { amount: Number(this.number.value) }) });
    this.box = h("input", { type: alone ? "radio" : "checkbox", id, name: alone && `board ${group}`, onchange: () => this.choose(this.box.checked) });
    this.number = amount === null ? null : h("input", { type: "number", min: "0", step: "any", required: true, "aria-label": "Amount", onchange: () => this.#changed() });
    const texts = parts.map((part) => h("label", { for: id }, part));
    this.element = h("div", { class: "mood", "data-mood": key }, this.box, h("span", { class: "mood-text" }, texts[0], this.number, texts.slice(1)));
    this.text = `${parts.join(" ")} ${key}`.toLowerCase();
  }

  get sentence() {
    return this.parts.join(this.number?.value ?? "");
  }

  show({ on, amount }) {
    this.box.checked = on;
    if (this.number && document.activeElement !== this.number) this.number.value = amount;
    this.box.setAttribute("aria-label", this.sentence);
    this.number?.setAttribute("aria-label", `Amount: ${this.parts.join("…")}`);
  }

  #changed() {
    if (this.number.reportValidity() && this.box.checked) this.choose(true);
  }
}
