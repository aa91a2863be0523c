/** One option of a command in the composer: its name, its text, and the picked choice, if any. */

import { h } from "./dom.js";
import { readOption } from "./commands.js";
import { t } from "./words.js";

const GROWS_BY_ITSELF = CSS.supports("field-sizing", "content");

export class OptionField {
  /** The server's last suggestions, for options with autocomplete. */
  offered = [];
  /** Whether the server has been asked for suggestions. */
  pending = false;
  chosen = null;

  /**
   * @param {object} option
   * @param {{name: string, value: unknown}[]|null} choices the option's own choices, null if anything may be typed
   * @param {{oninput: Function, onfocus: Function, onkeydown: Function}} listeners
   */
  constructor(option, choices, listeners) {
    this.option = option;
    this.choices = choices;
    this.input = h("textarea", {
      rows: 1,
      spellcheck: "false",
      autocomplete: "off",
      role: "combobox",
      "aria-expanded": "false",
      "aria-autocomplete": choices || option.autocomplete ? "list" : "none",
      "aria-label": `${option.name}${option.required ? ` (${t("required")})` : ""}: ${option.description}`,
      oninput: () => {
        this.chosen = null;
        this.complain("");
        this.#fit();
        listeners.oninput(this);
      },
      onfocus: () => listeners.onfocus(this),
      onkeydown: (event) => listeners.onkeydown(this, event),
    });
    this.element = h("label", { class: "field", "data-option": option.key }, h("span", { class: "field-name" }, option.name), this.input);
    this.#fit();
  }

  get text() {
    return this.input.value;
  }

  set text(text) {
    this.input.value = text;
    this.chosen = null;
    this.#fit();
  }

  get atStart() {
    return this.input.selectionStart === 0 && this.input.selectionEnd === 0;
  }

  /** Pick one of the choices. */
  choose(choice) {
    this.text = choice.name;
    this.chosen = choice;
    this.complain("");
    this.input.setSelectionRange(choice.name.length, choice.name.length);
  }

  /** Recognize a choice that was typed in full. */
  recognize(choices) {
    const typed = this.text.trim().toLowerCase();
    const same = ({ name, value }) => [name, String(value)].some((text) => text.toLowerCase() === typed);
    this.chosen ??= (typed && choices.find(same)) || null;
  }

  /** @returns {{value?: unknown, problem?: string}} */
  read() {
    return this.chosen ? { value: this.chosen.value } : readOption(this.option, this.text, this.choices);
  }

  complain(problem) {
    this.problem = problem;
    this.element.classList.toggle("invalid", Boolean(problem));
    if (problem) this.input.setAttribute("aria-invalid", "true");
    else this.input.removeAttribute("aria-invalid");
  }

  focus() {
    this.input.focus();
    this.input.setSelectionRange(this.text.length, this.text.length);
  }

  #fit() {
    if (GROWS_BY_ITSELF) return;
    const lines = this.text.split("\n");
    this.input.rows = lines.length;
    this.input.style.width = `${Math.max(3, ...lines.map((line) => line.length + 1))}ch`;
  }
}
