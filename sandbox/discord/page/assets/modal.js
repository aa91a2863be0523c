/** Forms above the page: those that the app opens (callback type 9), and the client's own. */

import { $, h, rendered, toast } from "./dom.js";
import { t } from "./words.js";

const PARAGRAPH = 2;
const TEXT = 4;

/**
 * Open the app's form.
 * @param {{interaction_id: string, title: string, components: object[]}} modal
 * @param {(values: Record<string, string>) => Promise<unknown>} submit
 */
export function openModal(modal, submit) {
  const fields = [];
  const body = modal.components.flatMap((component) => drawPart(component, fields));
  const values = () => Object.fromEntries(fields.map((field) => [field.name, field.value]));
  open(modal.title, [h("p", { class: "faint" }, t("This form was made by the app.")), body], t("Submit"), () => submit(values()));
}

/**
 * Ask for a text: one line, or several.
 * @param {(text: string) => Promise<unknown>} submit
 */
export function askFor(title, label, value, longest, submit, lines = false) {
  const component = { type: TEXT, custom_id: "text", value, max_length: longest, style: lines && PARAGRAPH };
  const fields = [];
  open(title, [labelled(label, "", component, fields)], title, () => submit(fields[0].value));
  fields[0].select();
}

function open(title, body, label, submit) {
  const dialog = $("modal");
  const cancel = h("button", { type: "button", class: "button secondary", onclick: () => dialog.close() }, t("Cancel"));
  const go = h("button", { type: "submit", class: "button primary" }, label);
  const form = h(
    "form",
    {
      onsubmit: async (event) => {
        event.preventDefault();
        go.disabled = true;
        try {
          await submit();
          dialog.close();
        } catch (error) {
          toast(error.message);
        } finally {
          go.disabled = false;
        }
      },
    },
    h("h2", { id: "modal-title" }, title),
    body,
    h("div", { class: "modal-foot" }, cancel, go),
  );
  dialog.replaceChildren(form);
  dialog.onclose = () => {
    // What got the focus while the dialog made it inert takes no text until it gets the focus again.
    const { activeElement: active } = document;
    active.blur();
    active.focus();
  };
  if (!dialog.open) dialog.showModal();
  form.querySelector("input, textarea, select")?.focus();
}

function drawPart(component, fields) {
  if (component.type === 1) return (component.components ?? []).flatMap((child) => drawPart(child, fields));
  if (component.type === 18) return [labelled(component.label, component.description, component.component, fields)];
  if (component.type === 10) return [rendered(component.html, component.content)];
  if (component.type === TEXT) return [labelled(component.label, "", component, fields)];
  return [h("p", { class: "faint" }, t("(A field of type {type}, which this demo does not draw)", component))];
}

function labelled(text, description, component, fields) {
  const field = component.type === 3 ? selectField(component) : textField(component);
  fields.push(field);
  const star = component.required === false ? null : h("span", { class: "star", title: t("Required") }, " *");
  return h("label", { class: "modal-field" }, h("span", { class: "modal-label" }, text, star), description && h("span", { class: "faint" }, description), field);
}

function textField(component) {
  const props = {
    name: component.custom_id,
    placeholder: component.placeholder,
    required: component.required !== false,
    minlength: component.min_length,
    maxlength: component.max_length ?? 4000,
  };
  const field = component.style === PARAGRAPH ? h("textarea", { ...props, rows: 5 }) : h("input", { ...props, type: "text", autocomplete: "off" });
  field.value = component.value ?? "";
  return field;
}

function selectField(component) {
  const options = (component.options ?? []).map(({ label, value, default: chosen }) => h("option", { value, selected: Boolean(chosen) }, label));
  if (component.required === false) options.unshift(h("option", { value: "" }, component.placeholder ?? ""));
  return h("select", { name: component.custom_id, required: component.required !== false }, options);
}
