/** Format times in the language of the person's Discord and in the browser's time zone. */

import { t } from "./words.js";

const STYLES = {
  t: { hour: "numeric", minute: "2-digit" },
  T: { timeStyle: "medium" },
  d: { dateStyle: "short" },
  D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" },
  F: { dateStyle: "full", timeStyle: "short" },
};
const STEPS = [
  ["year", 31557600],
  ["month", 2629800],
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];
const formats = new Map();

/** Format in a style of Discord's timestamps. */
function format(style, date) {
  const key = `${document.documentElement.lang} ${style}`;
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(locale(), STYLES[style]));
  return formats.get(key).format(date);
}

function locale() {
  // English as in the United States, which is Discord's "English, US".
  return document.documentElement.lang === "en" ? "en-US" : document.documentElement.lang;
}

export const clockTime = (date) => format("t", date);
export const fullTime = (date) => format("F", date);
export const longDate = (date) => format("D", date);

export function sameDay(a, b) {
  return a.toDateString() === b.toDateString();
}

/** Format the time of a message: the time today, otherwise with the day. */
export function stamp(date, now = new Date()) {
  const time = clockTime(date);
  if (sameDay(date, now)) return t("Today at {time}", { time });
  const yesterday = new Date(now);
  yesterday.setDate(now.getDate() - 1);
  return sameDay(date, yesterday) ? t("Yesterday at {time}", { time }) : t("{day} at {time}", { day: format("d", date), time });
}

function ago(date, now = Date.now()) {
  const difference = (date - now) / 1000;
  const [unit, size] = STEPS.find(([, length]) => Math.abs(difference) >= length) ?? STEPS.at(-1);
  return new Intl.RelativeTimeFormat(locale(), { numeric: "auto" }).format(Math.round(difference / size), unit);
}

/** Rewrite the `<t:…>` times of rendered Markdown, which the server writes in UTC. */
export function restateTimes(root) {
  for (const element of root.querySelectorAll("time[data-style]")) {
    const date = new Date(element.dateTime);
    if (Number.isNaN(date.getTime())) continue;
    const { style } = element.dataset;
    element.textContent = style === "R" ? ago(date) : format(style, date);
    element.title = fullTime(date);
  }
}
