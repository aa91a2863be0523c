/** The page's words in the reader's language. Code has them in English, which is also what an unknown one stays. */

import { RUSSIAN_MOODS } from "./russian-moods.js";
import { RUSSIAN } from "./russian.js";

const BY_LANGUAGE = { ru: { ...RUSSIAN, ...RUSSIAN_MOODS } };
let words = {};

/** Use a language from here on, also in what index.html holds. */
export function speak(locale) {
  const language = locale.split("-")[0];
  words = BY_LANGUAGE[language] ?? {};
  document.documentElement.lang = language in BY_LANGUAGE ? language : "en";
  for (const element of document.querySelectorAll("[data-words]")) element.textContent = t(element.dataset.words);
  for (const element of document.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", t(element.dataset.label));
    if (element.title) element.title = t(element.dataset.label);
  }
}

/** The attributes of an element that keeps its label while the language changes. */
export const label = (text) => ({ "data-label": text, "aria-label": t(text) });

/**
 * Translate a sentence, and fill in what stands in braces.
 * @param {string} text
 * @param {Record<string, unknown>} [values]
 */
export function t(text, values = {}) {
  return (words[text] ?? text).replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}
