/** Format times in the reader's language and time zone. */

const clock = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const seconds = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const shortDay = new Intl.DateTimeFormat(undefined, { dateStyle: "short" });
const longDay = new Intl.DateTimeFormat(undefined, { dateStyle: "long" });
const dayAndClock = new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeStyle: "short" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });

const STEPS = [
  ["year", 31557600],
  ["month", 2629800],
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];

const STYLES = { t: clock, T: seconds, d: shortDay, D: longDay, f: dayAndClock, F: full };

export const clockTime = (date) => clock.format(date);
export const fullTime = (date) => full.format(date);
export const longDate = (date) => longDay.format(date);

export function sameDay(a, b) {
  return a.toDateString() === b.toDateString();
}

/** Format the time of a message: the time today, otherwise with the day. */
export function stamp(date, now = new Date()) {
  if (sameDay(date, now)) return `Today at ${clock.format(date)}`;
  const yesterday = new Date(now);
  yesterday.setDate(now.getDate() - 1);
  return `${sameDay(date, yesterday) ? "Yesterday" : shortDay.format(date)} at ${clock.format(date)}`;
}

function ago(date, now = Date.now()) {
  const difference = (date - now) / 1000;
  const [unit, size] = STEPS.find(([, length]) => Math.abs(difference) >= length) ?? STEPS.at(-1);
  return relative.format(Math.round(difference / size), unit);
}

/** Rewrite the `<t:…>` times of rendered Markdown, which the server writes in UTC. */
export function restateTimes(root) {
  for (const element of root.querySelectorAll("time[data-style]")) {
    const date = new Date(element.dateTime);
    if (Number.isNaN(date.getTime())) continue;
    const { style } = element.dataset;
    element.textContent = style === "R" ? ago(date) : STYLES[style].format(date);
    element.title = full.format(date);
  }
}
