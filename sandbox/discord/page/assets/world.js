/** What a person may see: the WORLD frame, with lookups for the page. */

import { t } from "./words.js";

const ADMINISTRATOR = 1n << 3n;
const MANAGE_MESSAGES = 1n << 13n;
const MODERATES = ADMINISTRATOR | MANAGE_MESSAGES;

export const COMMAND = { chat: 1, user: 2, message: 3 };
export const CHANNEL = { text: 0, dm: 1 };
const THREAD = 11;
export const FLAG = { ephemeral: 1 << 6, loading: 1 << 7, componentsV2: 1 << 15 };

/** Older ids are smaller numbers; as decimal strings they compare by length first. */
export function compareIds(a, b) {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}

export class World {
  /** @param {object} frame the data of a WORLD frame */
  constructor(frame) {
    Object.assign(this, frame);
    this.people = frame.users.filter((user) => !user.bot);
    this.meId = typeof frame.me === "string" ? frame.me : frame.me.id;
    this.usersById = new Map(frame.users.map((user) => [user.id, user]));
    this.channelsById = new Map();
    this.guildsByChannel = new Map();
    for (const guild of frame.guilds) this.#learnGuild(guild);
    for (const dm of frame.dms) {
      this.channelsById.set(dm.id, dm);
      for (const user of dm.recipients) this.usersById.set(user.id, user);
    }
  }

  #learnGuild(guild) {
    for (const channel of guild.channels) {
      this.channelsById.set(channel.id, channel);
      this.guildsByChannel.set(channel.id, guild);
    }
    for (const { user } of guild.members) this.usersById.set(user.id, user);
  }

  guildOf(channelId) {
    return this.guildsByChannel.get(channelId) ?? null;
  }

  member(channelId, userId) {
    return this.guildOf(channelId)?.members.find(({ user }) => user.id === userId) ?? null;
  }

  /** The users in a channel. */
  usersIn(channelId) {
    const guild = this.guildOf(channelId);
    if (guild) return guild.members.map(({ user }) => user);
    const recipients = this.channelsById.get(channelId)?.recipients ?? [];
    return [this.usersById.get(this.meId), ...recipients.filter(({ id }) => id !== this.meId)].filter(Boolean);
  }

  /** A user's name in a channel. */
  nameIn(channelId, user) {
    if (!user) return t("Someone");
    return this.member(channelId, user.id)?.nick || userName(user);
  }

  /** The channels and threads of a channel's server. */
  channelsAround(channelId) {
    return [...(this.guildOf(channelId)?.channels ?? [])];
  }

  /** Turn names after an @ or a # into mentions. */
  withMentions(text, channelId) {
    const places = this.channelsAround(channelId).sort((a, b) => b.name.length - a.name.length);
    for (const { id, name } of places) text = text.replace(namesOf(name), `$1<#${id}>`);
    const users = this.usersIn(channelId);
    return text.replace(/(^|\s)@([\p{L}\p{N}_.-]*[\p{L}\p{N}_-])/gu, (whole, before, name) => {
      const user = users.find((one) => [one.username, userName(one)].some((known) => known.toLowerCase() === name.toLowerCase()));
      return user ? `${before}<@${user.id}>` : whole;
    });
  }

  /** Turn mentions into what a person types for them. */
  withNames(text) {
    const user = (whole, id) => (this.usersById.has(id) ? `@${this.usersById.get(id).username}` : whole);
    const channel = (whole, id) => (this.channelsById.has(id) ? `#${this.channelsById.get(id).name}` : whole);
    return text.replace(/<@!?(\d+)>/g, user).replace(/<#(\d+)>/g, channel);
  }

  channelName(channelId) {
    const channel = this.channelsById.get(channelId);
    return channel?.type === CHANNEL.dm ? this.partner(channel) : channel?.name ?? "";
  }

  isThread(channelId) {
    return this.channelsById.get(channelId)?.type === THREAD;
  }

  /** A channel's name with its # or @; a thread's has neither. */
  signedName(channelId) {
    const sign = this.guildOf(channelId) ? "#" : "@";
    return `${this.isThread(channelId) ? "" : sign}${this.channelName(channelId)}`;
  }

  partner(dm) {
    return userName(dm.recipients[0]);
  }

  /** Whether this person may delete other people's messages here. */
  moderates(channelId, userId = this.meId) {
    const guild = this.guildOf(channelId);
    if (!guild) return false;
    return guild.owner_id === userId || this.#rolesOf(guild, userId).some(({ permissions }) => BigInt(permissions ?? 0) & MODERATES);
  }

  /** Whether somebody moderates any of the servers. */
  isAdmin(userId) {
    return this.guilds.some((guild) => guild.channels.length > 0 && this.moderates(guild.channels[0].id, userId));
  }

  #rolesOf(guild, userId) {
    const ids = guild.members.find(({ user }) => user.id === userId)?.roles ?? [];
    return (guild.roles ?? []).filter(({ id }) => ids.includes(id));
  }

  /** The role under which a member is listed: the highest one. */
  topRole(guild, userId) {
    return this.#rolesOf(guild, userId).sort((a, b) => (b.position ?? 0) - (a.position ?? 0))[0] ?? null;
  }

  /** The application's commands of one type that may be used in a channel. */
  commandsIn(channelId, type) {
    const guild = this.guildOf(channelId);
    const context = guild ? 0 : 1;
    return this.commands.filter(
      (command) =>
        (command.type ?? COMMAND.chat) === type &&
        (!command.contexts || command.contexts.includes(context)) &&
        (!guild || this.#mayUse(guild, command)),
    );
  }

  /** Apply default member permissions; 0 means administrators only. */
  #mayUse(guild, { default_member_permissions: needed }) {
    if (needed == null || guild.owner_id === this.meId) return true;
    const granted = this.#rolesOf(guild, this.meId).reduce((sum, { permissions }) => sum | BigInt(permissions ?? 0), 0n);
    return Boolean(granted & ADMINISTRATOR) || (BigInt(needed) !== 0n && (granted & BigInt(needed)) === BigInt(needed));
  }

  /** A command by its original name, whatever it is called in the person's language. */
  command(name) {
    return this.commands.find((command) => command.key === name);
  }
}

export function userName(user) {
  return user ? user.global_name || user.username : "";
}

/** Matches a channel's name after a #, where no longer name goes on. */
function namesOf(name) {
  return new RegExp(`(^|\\s)#${name.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")}(?![\\p{L}\\p{N}_-])`, "giu");
}
