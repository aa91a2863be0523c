/** The messages that this page knows, by channel. */

import { compareIds, FLAG } from "./world.js";

export class Store {
  #channels = new Map();

  /** @returns {{messages: Map<string, object>, loaded: boolean, complete: boolean}} */
  channel(id) {
    if (!this.#channels.has(id)) this.#channels.set(id, { messages: new Map(), loaded: false, complete: false });
    return this.#channels.get(id);
  }

  put(message) {
    this.channel(message.channel_id).messages.set(message.id, message);
  }

  remove(channelId, id) {
    this.channel(channelId).messages.delete(id);
  }

  find(channelId, id) {
    return this.channel(channelId).messages.get(id) ?? null;
  }

  /** A channel's messages, oldest first. */
  list(channelId) {
    return [...this.channel(channelId).messages.values()].sort((a, b) => compareIds(a.id, b.id));
  }

  /** Add the newest page of history; messages that it lacks were deleted meanwhile. */
  takeLatest(channelId, page, pageSize) {
    const channel = this.channel(channelId);
    const oldest = page[0]?.id;
    for (const message of this.list(channelId)) {
      const covered = page.length < pageSize || compareIds(message.id, oldest) >= 0;
      if (covered && !(message.flags & FLAG.ephemeral) && !page.some(({ id }) => id === message.id)) channel.messages.delete(message.id);
    }
    page.forEach((message) => this.put(message));
    channel.loaded = true;
    channel.complete ||= page.length < pageSize;
  }

  takeOlder(channelId, page, pageSize) {
    page.forEach((message) => this.put(message));
    this.channel(channelId).complete = page.length < pageSize;
  }

  /** Mark everything as outdated, after a lost connection. */
  distrust() {
    for (const channel of this.#channels.values()) channel.loaded = false;
  }

  clear() {
    this.#channels.clear();
  }
}
