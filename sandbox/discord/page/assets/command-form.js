/** A command being filled in: its options as fields, a hint, and the choices of the current option. */

import { h, icon } from "./dom.js";
import { nest, ownChoices, TYPE } from "./commands.js";
import { Listbox } from "./listbox.js";
import { FileField } from "./file-field.js";
import { OptionField } from "./option-field.js";
import { t } from "./words.js";

const PAUSE_IN_TYPING = 160;
const MOST_SHOWN = 5;

export class CommandForm {
  /** @type {OptionField[]} */
  #fields = [];
  #current = null;
  #timer = 0;
  #turn = 0;
  #enterWaits = false;

  /**
   * @param {import("./commands.js").Entry} entry
   * @param {Record<string, string>} values initial texts by option name
   * @param {object} composer
   * @param {import("./world.js").World} composer.world
   * @param {string} composer.channelId
   * @param {(request: object) => Promise<{choices: object[]}>} composer.complete
   * @param {(request: object) => void} composer.send
   * @param {(text: string) => void} composer.changed takes the command as text, whenever it has changed
   * @param {(text: string) => void} composer.leave goes back to plain text
   */
  constructor(entry, values, composer) {
    this.entry = entry;
    this.composer = composer;
    this.options = entry.options;
    this.list = new Listbox(t("Choices"), (item) => this.#pick(item.choice));
    this.hint = h("div", { class: "hint", id: "command-hint", "aria-live": "polite" });
    this.panel = h("div", { class: "panel" }, this.hint, this.list.element);
    this.more = h("span", { class: "more" });
    const leave = h("button", { type: "button", class: "quiet drop", "aria-label": t("Drop this command"), onclick: () => composer.leave("") }, icon("close"));
    this.name = h("span", { class: "command-name", tabindex: "0", onkeydown: (event) => this.#nameKey(event) }, `/${entry.name}`);
    this.place = h("span", { class: "fields" }, this.more);
    this.element = h("div", { class: "command", role: "group", "aria-label": t("Command {name}", entry), "aria-describedby": "command-hint" }, this.name, this.place, leave);
    this.element.addEventListener("focusout", (event) => !this.element.contains(event.relatedTarget) && this.#rest());
    for (const option of this.options) if (option.required || values[option.name]) this.#add(option).text = values[option.name] ?? "";
    this.#drawRest();
  }

  /** Focus the first required option that is empty, or the last one, or the command's name if it has no options. */
  focus() {
    const field = this.#fields.find(({ text }) => !text) ?? this.#fields.at(-1);
    if (field) field.focus();
    else this.name.focus();
    this.#explain(field ?? null);
  }

  /** The command as a person would type it. */
  get text() {
    const filled = this.#fields.filter(({ option, text }) => text && option.type !== TYPE.attachment);
    return [`/${this.entry.plain}`, ...filled.map(({ option, text }) => `${option.key}: ${text}`)].join(" ");
  }

  /** Ask the server about the initial texts, so that exact names become choices. */
  recognizeTexts() {
    for (const field of this.#fields) if (field.option.autocomplete && field.text) this.#ask(field).catch(() => {});
  }

  /** Run the command, unless something is missing or wrong. */
  submit() {
    const values = {};
    let wrong = null;
    for (const field of this.#fields) {
      const { value, problem } = field.read();
      if (problem) field.complain(problem);
      if (problem) wrong ??= field;
      else if (value !== undefined) values[field.option.key] = value;
    }
    if (!wrong) return this.composer.send({ command_id: this.entry.command.id, options: nest(this.entry.path, values) });
    wrong.focus();
    this.#explain(wrong);
  }

  #add(option) {
    const choices = ownChoices(option, this.composer.world, this.composer.channelId);
    const listeners = {
      oninput: () => this.#typed(field),
      onfocus: () => this.#focused(field),
      onkeydown: (_, event) => this.#key(field, event),
    };
    const field = option.type === TYPE.attachment ? new FileField(option, listeners) : new OptionField(option, choices, listeners);
    this.list.attach(field.input);
    this.#fields.push(field);
    this.more.before(field.element);
    return field;
  }

  #unused() {
    return this.options.filter((option) => !this.#fields.some((field) => field.option === option));
  }

  #drawRest() {
    const unused = this.#unused();
    const shown = unused.slice(0, MOST_SHOWN).map((option) =>
      h("button", { type: "button", class: "add", tabindex: "-1", title: option.description, onclick: () => this.#open(option) }, `+ ${option.name}`),
    );
    const rest = unused.length - MOST_SHOWN;
    this.more.replaceChildren(...shown, ...(rest > 0 ? [h("span", { class: "faint" }, t("+{count} more", { count: rest }))] : []));
  }

  #open(option) {
    const field = this.#fields.find((known) => known.option === option) ?? this.#add(option);
    this.#drawRest();
    field.focus();
    return field;
  }

  #drop(field) {
    const before = this.#fields[this.#fields.indexOf(field) - 1];
    this.#fields = this.#fields.filter((other) => other !== field);
    field.element.remove();
    this.#drawRest();
    this.composer.changed(this.text);
    if (before) before.focus();
    else this.composer.leave(`/${this.entry.name}`);
  }

  #focused(field) {
    this.#current = field;
    this.list.attach(field.input);
    this.#explain(field);
    if (field.chosen) this.list.hide();
    else this.#offer(field);
  }

  #typed(field) {
    this.#enterWaits = false;
    const own = `${field.option.name}: `;
    if (field.text === own) field.text = "";
    this.composer.changed(this.text);
    if (this.#moveOn(field)) return;
    this.#explain(field);
    this.#offer(field);
  }

  /** Let `model: …`, typed in another option, go to that option. */
  #moveOn(field) {
    const open = this.options.filter((option) => option !== field.option && option.type !== TYPE.attachment && !this.#fields.some((f) => f.option === option && f.text));
    if (field.choices || field.text.includes("\n") || open.length === 0) return false;
    const match = new RegExp(`^(.*?)(?:^|\\s)(${open.map(({ name }) => name).join("|")}):(.+)$`, "u").exec(field.text);
    if (!match) return false;
    field.text = match[1];
    const next = this.#open(open.find(({ name }) => name === match[2]));
    next.text = match[3].trimStart();
    next.focus();
    this.#typed(next);
    return true;
  }

  #key(field, event) {
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey && field.pending && field.text) {
      event.preventDefault();
      this.#enterWaits = true;
      return;
    }
    const tabbed = event.key === "Tab";
    if (this.list.key(event)) {
      if (tabbed) this.#step(1);
    } else if (tabbed) {
      if (this.#step(event.shiftKey ? -1 : 1)) event.preventDefault();
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.submit();
    } else if (event.key === "Backspace" && field.atStart && !field.text) {
      event.preventDefault();
      if (!field.option.required || this.#fields[0] === field) this.#drop(field);
      else this.#step(-1);
    }
  }

  /** Handle keys on the command's name: Enter runs it, Tab or a letter starts the first option, Backspace goes back to text. */
  #nameKey(event) {
    const { key } = event;
    const letter = key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey;
    const next = this.#fields[0]?.option ?? this.#unused()[0];
    if (key === "Enter") this.submit();
    else if (key === "Backspace") this.composer.leave(`/${this.entry.name}`);
    else if (next && (letter || (key === "Tab" && !event.shiftKey))) {
      this.#open(next);
      if (letter) return;
    } else return;
    event.preventDefault();
  }

  /** @returns {boolean} whether there was an option to go to */
  #step(by) {
    const next = this.#fields[this.#fields.indexOf(this.#current) + by] ?? (by > 0 ? this.#unused()[0] : null);
    if (this.#fields.includes(next)) next.focus();
    else if (next) this.#open(next);
    return Boolean(next);
  }

  #offer(field) {
    clearTimeout(this.#timer);
    this.#turn += 1;
    if (field.choices) {
      const typed = field.text.trim().toLowerCase();
      this.#showChoices(field.choices.filter(({ name }) => name.toLowerCase().includes(typed)).slice(0, 25), 0);
    } else if (field.option.autocomplete) {
      field.pending = true;
      this.#timer = setTimeout(() => this.#offerFromServer(field), field.offered.length || field.text ? PAUSE_IN_TYPING : 0);
    } else this.list.hide();
  }

  async #offerFromServer(field) {
    const turn = this.#turn;
    let failed = "";
    const choices = await this.#ask(field).catch((error) => {
      failed = error.message;
      return [];
    });
    if (turn !== this.#turn) return;
    field.pending = false;
    if (this.#current !== field) return;
    this.#showChoices(choices, field.text ? 0 : -1);
    if (failed) this.hint.append(h("span", { class: "problem" }, t("The choices could not be loaded: {why}", { why: failed })));
    if (this.#enterWaits) this.#enterAfterAll(choices);
  }

  #enterAfterAll(choices) {
    this.#enterWaits = false;
    if (choices.length) this.#pick(choices[0]);
    else this.submit();
  }

  async #ask(field) {
    // As Discord does: an option that is empty does not go along, only the one that is being typed.
    const typed = this.#fields.filter((known) => known.option.type !== TYPE.attachment && (known === field || known.text));
    const values = Object.fromEntries(typed.map((known) => [known.option.key, known.chosen?.value ?? known.text]));
    const { choices = [] } = await this.composer.complete({
      command_id: this.entry.command.id,
      options: nest(this.entry.path, values),
      focused: [...this.entry.path, field.option.key].join("."),
    });
    field.offered = choices;
    field.recognize(choices);
    return choices;
  }

  #showChoices(choices, active) {
    this.list.show(choices.map((choice) => ({ choice, show: () => [h("span", { class: "choice" }, choice.name)] })), active);
  }

  #pick(choice) {
    clearTimeout(this.#timer);
    this.#turn += 1;
    this.#current.pending = false;
    this.#current.choose(choice);
    this.composer.changed(this.text);
    this.list.hide();
    this.#current.focus();
    this.list.hide();
  }

  #rest() {
    this.#current = null;
    this.list.hide();
  }

  #explain(field) {
    const names = this.options.map((option) => h("span", { class: option === field?.option ? "now" : "" }, option.name));
    const { description } = field?.option ?? this.entry;
    const optional = field && !field.option.required ? h("span", { class: "faint" }, ` ${t("optional")}`) : null;
    this.hint.replaceChildren(
      h("span", { class: "usage" }, h("b", {}, `/${this.entry.name}`), names),
      h("span", { class: "meaning" }, description, optional),
      ...(field?.problem ? [h("span", { class: "problem" }, field.problem)] : []),
    );
  }
}
