/** The menu that controls the simulated Poe: a button, and a panel of options, first those with a plain name. */

import { $, h, icon, safeUrl, toast } from "./dom.js";
import { t } from "./words.js";

const DONE_SHOWS = 4000;
const AMOUNT = "AMOUNT";

export class MoodMenu {
  #rows = new Map();
  #shape = "";
  #shown = null;

  /** @param {(op: string, fields: object) => Promise<unknown>} ask */
  constructor(ask) {
    this.ask = ask;
    this.state = h("span", { class: "menu-state" });
    this.button = h("button", { type: "button", id: "menu-button", popovertarget: "menu-panel", "aria-haspopup": "dialog" }, this.state, icon("down"));
    this.panel = h("div", { id: "menu-panel", popover: "auto", role: "dialog", "aria-labelledby": "menu-title", ontoggle: (event) => this.#toggled(event) });
  }

  /** @param {{title: string, options: object[], actions: Record<string, string>, links: Record<string, string>}} menu */
  show(menu) {
    this.#shown = menu;
    // Only what has changed is drawn again, so that focus and scroll position stay.
    const shape = JSON.stringify([menu.title, menu.options.map(({ key }) => key), menu.actions, menu.links]);
    if (shape !== this.#shape) this.#build(menu);
    this.#shape = shape;
    menu.options.forEach((option) => this.#rows.get(option.key).show(option));
    this.#showState(menu.title, menu.options.filter((option) => option.on && !isDefault(option, menu.options)));
  }

  /** Say all in the language that is chosen now. */
  translate() {
    this.#shape = "";
    if (this.#shown) this.show(this.#shown);
  }

  #build(menu) {
    this.#rows = new Map(menu.options.map((option) => [option.key, new Row(option, (fields) => this.#do("choose", fields))]));
    const groups = [...new Set(menu.options.filter(({ title }) => !title).map(({ group }) => group))];
    const rows = (fits) => menu.options.filter(fits).map(({ key }) => this.#rows.get(key).element);
    this.now = h("p", { class: "menu-now", role: "status" });
    this.well = h("button", { type: "button", class: "button secondary", id: "menu-reset", onclick: () => this.#do("reset", {}) }, t("All well"));
    this.search = h("input", { type: "search", placeholder: t("Find a mood"), "aria-label": t("Find a mood"), autocomplete: "off", oninput: () => this.#filter() });
    this.none = h("p", { class: "menu-none", hidden: true }, t("No mood matches."));
    const close = h("button", { type: "button", class: "quiet", "aria-label": t("Close"), popovertarget: "menu-panel", popovertargetaction: "hide" }, icon("close"));
    this.plain = h("fieldset", { class: "menu-plain" }, h("legend", { class: "unseen" }, t("Common moods")), rows(({ title }) => title));
    this.groups = groups.map((group) => h("fieldset", {}, h("legend", {}, t(group)), rows((each) => !each.title && each.group === group)));
    this.summary = h("summary", {}, icon("down"), t("More moods"));
    this.more = h("details", { class: "menu-more" }, this.summary, this.groups);
    this.panel.replaceChildren(
      h("header", {}, h("div", { class: "menu-head" }, h("h2", { id: "menu-title" }, t(menu.title)), this.well, close), this.now, this.search),
      h("div", { class: "menu-list", tabindex: "-1" }, this.none, this.plain, this.more),
      h("footer", {}, this.#actions(menu.actions), this.#links(menu.links)),
    );
    $("menu").replaceChildren(this.button, this.panel);
  }

  #actions(actions) {
    const buttons = Object.entries(actions).map(([key, does]) => h("button", { type: "button", class: "menu-action", "data-action": key, onclick: () => this.#act(key, does) }, t(does)));
    this.done = h("span", { class: "menu-done", role: "status" });
    return h("div", { class: "menu-actions", role: "group", "aria-label": t("Do once") }, h("span", { class: "faint", "aria-hidden": "true" }, t("Do once")), buttons, this.done);
  }

  #links(links) {
    const anchors = Object.entries(links).map(([name, address]) => h("a", { href: safeUrl(address), target: "_blank", rel: "noopener" }, t(name)));
    return h("p", { class: "menu-links" }, h("span", { class: "faint" }, t("Look at")), anchors);
  }

  #showState(title, on) {
    for (const [key, { element }] of this.#rows) element.classList.toggle("on", on.some((option) => option.key === key));
    this.button.classList.toggle("on", on.length > 0);
    this.state.replaceChildren(t(title), h("b", {}, on.length ? t("{count} on", { count: on.length }) : t("all well")));
    this.now.textContent = on.length ? on.map((option) => this.#rows.get(option.key).sentence).join(" ") : t("Everything works as usual.");
    this.now.append(h("span", { class: "faint" }, ` ${t("A mood is for everyone who uses this demo.")}`));
  }

  #filter() {
    const words = this.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of this.#rows.values()) row.element.hidden = !words.every((word) => row.text.includes(word));
    for (const group of [this.plain, ...this.groups]) group.hidden = !group.querySelector(".mood:not([hidden])");
    this.more.hidden = this.groups.every((group) => group.hidden);
    this.summary.hidden = words.length > 0;
    this.more.open = words.length > 0 || this.more.querySelector(".mood.on") !== null;
    this.none.hidden = !(this.plain.hidden && this.more.hidden);
  }

  #toggled({ newState }) {
    this.search.value = "";
    this.#filter();
    // On a phone the on-screen keyboard would cover the list.
    if (newState === "open" && !matchMedia("(pointer: coarse)").matches) this.search.focus();
  }

  #do(op, fields) {
    return this.ask(op, fields).catch((error) => toast(error.message));
  }

  async #act(key, does) {
    this.done.textContent = "…";
    const failed = await this.ask("act", { key }).then(() => null, (error) => error);
    this.done.textContent = failed ? failed.message : t("Done: {what}", { what: t(does) });
    setTimeout(() => (this.done.textContent = ""), DONE_SHOWS);
  }
}

/** The first of a group's exclusive options is its default. */
function isDefault(option, options) {
  return option.exclusive && options.find(({ exclusive, group }) => exclusive && group === option.group) === option;
}

/** One option: a checkbox and a sentence, perhaps with a number in it. */
class Row {
  constructor({ key, group, title, sentence, exclusive, amount, remedy }, choose) {
    const id = `mood-${key}`;
    const parts = t(sentence).split(AMOUNT);
    this.parts = parts;
    this.choose = (on) => choose({ key, on, ...(this.number && { amount: Number(this.number.value) }) });
    this.box = h("input", { type: exclusive ? "radio" : "checkbox", id, name: exclusive && `menu ${group}`, onchange: () => this.choose(this.box.checked) });
    this.number = amount === null ? null : h("input", { type: "number", min: "0", step: "any", required: true, "aria-label": t("Amount"), onchange: () => this.#changed() });
    const texts = parts.map((part, at) => h("label", { for: id }, at === 0 && title && h("b", {}, `${t(title)}. `), part));
    this.remedy = remedy && h("button", { type: "button", class: "remedy", hidden: true, onclick: () => this.choose(false) }, t(remedy));
    this.element = h("div", { class: "mood", "data-mood": key }, this.box, h("span", { class: "mood-text" }, texts[0], this.number, texts.slice(1)), this.remedy);
    this.text = `${t(title)} ${parts.join(" ")} ${key}`.toLowerCase();
  }

  get sentence() {
    return this.parts.join(this.number?.value ?? "");
  }

  show({ on, amount }) {
    this.box.checked = on;
    if (this.number && document.activeElement !== this.number) this.number.value = amount;
    this.box.setAttribute("aria-label", this.sentence);
    this.number?.setAttribute("aria-label", t("Amount: {what}", { what: this.parts.join("…") }));
    if (this.remedy) this.remedy.hidden = !on;
  }

  #changed() {
    if (this.number.reportValidity() && this.box.checked) this.choose(true);
  }
}
