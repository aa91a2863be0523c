/** Slash commands as data: which there are, what a person typed, and what an option accepts. */

import { t } from "./words.js";
import { COMMAND } from "./world.js";

export const TYPE = {
  subcommand: 1,
  group: 2,
  string: 3,
  integer: 4,
  boolean: 5,
  role: 8,
  number: 10,
  attachment: 11,
};

/**
 * Something that can be run: a command, or a subcommand with its path.
 * @typedef {{command: object, path: string[], name: string, plain: string, description: string, options: object[]}} Entry
 */

/** @returns {Entry[]} every command and subcommand of a channel, by name */
export function entriesIn(world, channelId) {
  return world
    .commandsIn(channelId, COMMAND.chat)
    .flatMap((command) => expand(command, command, []))
    .sort((a, b) => a.name.localeCompare(b.name));
}

function expand(command, node, path, names = []) {
  const nested = (node.options ?? []).filter(({ type }) => type === TYPE.subcommand || type === TYPE.group);
  if (nested.length) return nested.flatMap((child) => expand(command, child, [...path, child.key], [...names, child.name]));
  const [name, plain] = [[command.name, ...names].join(" "), [command.key, ...path].join(" ")];
  return [{ command, path, name, plain, description: node.description, options: node.options ?? [] }];
}

/** The entries that match what was typed after the slash, the likeliest first. */
export function matching(entries, typed) {
  const wanted = typed.trim().toLowerCase();
  const rank = ({ name, plain, description }) => {
    const words = name.toLowerCase();
    if (plain.startsWith(wanted)) return 0;
    if (words.startsWith(wanted)) return 0;
    if (words.split(" ").some((word) => word.startsWith(wanted))) return 1;
    if (words.includes(wanted)) return 2;
    return wanted.length > 2 && description.toLowerCase().includes(wanted) ? 3 : null;
  };
  return entries
    .map((entry) => ({ entry, rank: rank(entry) }))
    .filter(({ rank: place }) => place !== null)
    .sort((a, b) => a.rank - b.rank)
    .map(({ entry }) => entry);
}

/**
 * The entry whose whole name was typed, with the text after it.
 * @returns {{entry: Entry, rest: string}|null}
 */
export function typedEntry(entries, text) {
  const typed = ({ name, plain }) => [name, plain].find((each) => text.startsWith(`/${each} `)) ?? "";
  const entry = entries.filter(typed).sort((a, b) => typed(b).length - typed(a).length)[0];
  return entry ? { entry, rest: text.slice(typed(entry).length + 2) } : null;
}

/**
 * Parse `prompt: Explain tides model: GPT-3.5-Turbo` into values by option name; words before any name belong to the
 * first option.
 */
export function typedValues(entry, text) {
  const values = {};
  let name = entry.options[0]?.name;
  const known = new Map(entry.options.flatMap((option) => [[option.key, option.name], [option.name, option.name]]));
  for (const piece of text.split(/(?<=^|\s)(?=[\p{L}\p{N}_-]+:(?:\s|$))/u)) {
    const match = /^([\p{L}\p{N}_-]+):(?:\s|$)/u.exec(piece);
    const named = match && known.has(match[1]) && !(known.get(match[1]) in values);
    if (named) name = known.get(match[1]);
    if (name) values[name] = `${values[name] ? `${values[name]} ` : ""}${(named ? piece.slice(match[0].length) : piece).trim()}`;
  }
  return values;
}

/** Nest values in the names of their subcommand, as the server expects them. */
export function nest(path, values) {
  return path.reduceRight((inner, name) => ({ [name]: inner }), values);
}

/** An option's own choices, or null if anything may be typed or the server suggests. */
export function ownChoices(option, world, channelId) {
  if (option.choices?.length) return option.choices;
  if (option.type === TYPE.boolean) return [{ name: t("True"), value: true }, { name: t("False"), value: false }];
  if (option.type !== TYPE.role) return null;
  const roles = world.guildOf(channelId)?.roles ?? [];
  return roles.map(({ id, name }) => ({ name: name.startsWith("@") ? name : `@${name}`, value: id }));
}

/**
 * Check what was typed into an option when no choice was picked.
 * @returns {{value?: unknown, problem?: string}} neither for an optional one that is empty
 */
export function readOption(option, text, choices) {
  const typed = text.trim();
  if (!typed) return option.required ? { problem: t("This option is required.") } : {};
  if (choices) {
    const choice = choices.find(({ name }) => name.toLowerCase() === typed.toLowerCase());
    return choice ? { value: choice.value } : { problem: t("Pick one of the choices.") };
  }
  if (option.type === TYPE.integer || option.type === TYPE.number) return readNumber(option, typed);
  if (typed.length < (option.min_length ?? 0)) return { problem: t("At least {least} characters, please.", { least: option.min_length }) };
  if (typed.length > (option.max_length ?? 6000)) return { problem: t("At most {most} characters, please.", { most: option.max_length ?? 6000 }) };
  return { value: typed };
}

function readNumber(option, typed) {
  const value = Number(typed);
  const whole = option.type === TYPE.integer;
  if (!Number.isFinite(value) || (whole && !Number.isInteger(value))) return { problem: t(whole ? "A whole number, please." : "A number, please.") };
  if (value < (option.min_value ?? -Infinity)) return { problem: t("At least {least}, please.", { least: option.min_value }) };
  if (value > (option.max_value ?? Infinity)) return { problem: t("At most {most}, please.", { most: option.max_value }) };
  return { value };
}
