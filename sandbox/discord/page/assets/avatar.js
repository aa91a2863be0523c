/** Avatars: initials on a colour that depends on the name. */

import { h, icon } from "./dom.js";
import { t } from "./words.js";
import { userName } from "./world.js";

const TONES = 8;

export function tone(name) {
  let sum = 7;
  for (const character of name) sum = (sum * 17 + character.codePointAt(0)) % 9973;
  return sum % TONES;
}

export function initials(name) {
  const words = name.replace(/\(.*?\)/g, "").split(/[\s_-]+/).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words.at(-1)].map((word) => [...word][0]) : [...(words[0] ?? "?")].slice(0, 1);
  return letters.join("").toUpperCase();
}

export function avatar(user, size = "") {
  const props = { class: `avatar ${size} ${user?.bot ? "bot" : `tone-${tone(user?.username ?? "")}`}`, "aria-hidden": "true" };
  return h("span", props, user?.bot ? icon("quotes") : initials(userName(user) || "?"));
}

/** The badge after an app's name. */
export function badge(user) {
  return user?.bot ? h("span", { class: "badge", title: t("An app, not a person") }, icon("check"), t("APP")) : null;
}
