/** A channel's messages: in order, grouped, and without moving what the reader looks at. */

import { $, h, icon } from "./dom.js";
import { MessageView } from "./message.js";
import { t } from "./words.js";
import { compareIds } from "./world.js";

const PAGE_SIZE = 50;
const AT_BOTTOM = 8;
const NEAR_TOP = 200;

export class Timeline {
  /** @type {Map<string, MessageView>} */
  #views = new Map();
  /** Whether the newest message is kept in view; it is until the reader scrolls up. */
  #pinned = true;
  #lastTop = 0;
  /** The one message that Tab reaches; the arrow keys lead to the others. */
  #reachable = null;
  #loading = Promise.resolve();
  #loadingOlder = null;

  /**
   * @param {object} app the page: store, world, channelId, ask, and what messages need
   * @param {import("./toolbar.js").Toolbar} toolbar
   */
  constructor(app, toolbar) {
    this.app = app;
    this.toolbar = toolbar;
    this.scroller = $("scroller");
    this.list = $("messages");
    this.jump = $("jump");
    this.jump.append(icon("down"));
    this.jump.addEventListener("click", () => this.toBottom());
    this.scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    // Stay at the bottom when images load, the composer grows or the window is resized.
    const keep = new ResizeObserver(() => {
      this.#notice();
      this.settle();
    });
    keep.observe(this.list);
    keep.observe(this.scroller);
    this.list.addEventListener("keydown", (event) => this.#walk(event));
    this.list.addEventListener("focusin", ({ target }) => this.#rove(target.closest(".row")));
    this.list.addEventListener("focusout", ({ relatedTarget }) => this.list.contains(relatedTarget) || this.#rove(this.list.lastElementChild));
  }

  /** Show a channel from its newest message, and load its history if necessary. */
  async open(channelId) {
    this.clear();
    this.#redraw(channelId);
    await this.refresh(channelId);
  }

  /** Load what happened while the connection was lost, without scrolling. */
  async refresh(channelId) {
    if (this.app.store.channel(channelId).loaded) return;
    this.#loading = this.#load(channelId);
    await this.#loading;
  }

  clear() {
    this.toolbar.leave();
    this.#views.clear();
    this.#reachable = null;
    this.list.replaceChildren();
    this.#pinned = true;
    this.jump.hidden = true;
  }

  /** Show a new or changed message. */
  put(message) {
    this.#notice();
    const known = this.#views.get(message.id);
    if (known) {
      known.update(message, this.#before(known)?.message ?? null);
      this.#regroup(this.#after(known));
    } else this.#insert(message);
    if (this.#pinned || (!known && message.author.id === this.app.world.meId)) this.toBottom();
    else if (!known) this.jump.hidden = false;
  }

  remove(id) {
    const view = this.#views.get(id);
    if (!view) return;
    const next = this.#after(view);
    this.toolbar.leave(view);
    view.element.remove();
    this.#views.delete(id);
    this.#regroup(next);
    this.#rove();
  }

  view(id) {
    return this.#views.get(id) ?? null;
  }

  get size() {
    return this.#views.size;
  }

  /**
   * Scroll to a message of this channel, and load its history as far as necessary.
   * @returns {Promise<boolean>} whether it exists
   */
  async find(id) {
    const { channelId, store } = this.app;
    if (!store.channel(channelId).loaded) await this.#loading;
    while (!this.#views.has(id) && !store.channel(channelId).complete && this.app.channelId === channelId) await this.#loadOlder();
    const view = this.#views.get(id);
    if (!view) return false;
    this.#pinned = false;
    view.element.scrollIntoView({ block: "center" });
    view.article.classList.remove("flash");
    requestAnimationFrame(() => view.article.classList.add("flash"));
    return true;
  }

  /** Put the focus on the newest message. */
  focusNewest() {
    this.list.lastElementChild?.querySelector(".message").focus();
  }

  /** Stay at the bottom after something above has changed, if the reader is there. */
  settle() {
    if (this.#pinned) this.toBottom();
  }

  toBottom() {
    this.#pinned = true;
    this.jump.hidden = true;
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.#lastTop = this.scroller.scrollTop;
  }

  #insert(message) {
    const view = new MessageView(this.app);
    const later = [...this.list.children].reverse().findIndex((row) => compareIds(row.dataset.id, message.id) < 0);
    const at = later < 0 ? 0 : this.list.children.length - later;
    this.list.insertBefore(view.element, this.list.children[at] ?? null);
    this.#views.set(message.id, view);
    view.update(message, this.#before(view)?.message ?? null);
    this.#regroup(this.#after(view));
    if (!this.list.contains(document.activeElement)) this.#rove(this.list.lastElementChild);
  }

  #redraw(channelId) {
    for (const message of this.app.store.list(channelId)) {
      const view = this.#views.get(message.id);
      if (view) view.update(message, this.#before(view)?.message ?? null);
      else this.#insert(message);
    }
    for (const id of this.#views.keys()) if (!this.app.store.find(channelId, id)) this.remove(id);
    if (this.#pinned) this.toBottom();
  }

  async #load(channelId) {
    this.list.setAttribute("aria-busy", "true");
    try {
      const page = await this.app.ask("history", { channel_id: channelId });
      this.app.store.takeLatest(channelId, page, PAGE_SIZE);
      if (this.app.channelId === channelId) this.#redraw(channelId);
    } finally {
      this.list.removeAttribute("aria-busy");
      this.app.loaded(channelId);
    }
  }

  /** Load one more page of history; whoever calls meanwhile waits for the same one. */
  #loadOlder() {
    this.#loadingOlder ??= this.#requestOlder().finally(() => (this.#loadingOlder = null));
    return this.#loadingOlder;
  }

  async #requestOlder() {
    const { channelId, store } = this.app;
    const oldest = store.list(channelId)[0];
    if (!oldest || store.channel(channelId).complete) return;
    try {
      const page = await this.app.ask("history", { channel_id: channelId, before: oldest.id });
      store.takeOlder(channelId, page, PAGE_SIZE);
      if (this.app.channelId === channelId) this.#holdingStill(oldest.id, () => this.#redraw(channelId));
    } finally {
      this.app.loaded(channelId);
    }
  }

  /** Change what is above a message without moving the message. */
  #holdingStill(id, change) {
    const top = () => this.#views.get(id).element.getBoundingClientRect().top;
    const before = top();
    change();
    this.scroller.scrollTop += top() - before;
  }

  /** Check whether the reader has scrolled up or back down: the scroll event may still be pending. */
  #notice() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    if (scrollHeight - clientHeight - scrollTop <= AT_BOTTOM) this.#pinned = true;
    else if (scrollTop < this.#lastTop) this.#pinned = false;
    this.#lastTop = scrollTop;
    if (this.#pinned) this.jump.hidden = true;
  }

  #scrolled() {
    this.#notice();
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    if (scrollTop < NEAR_TOP && scrollHeight > clientHeight) this.#loadOlder().catch(() => {});
  }

  #before(view) {
    return this.#views.get(view.element.previousElementSibling?.dataset.id);
  }

  #after(view) {
    return this.#views.get(view.element.nextElementSibling?.dataset.id);
  }

  #regroup(view) {
    if (view) view.update(view.message, this.#before(view)?.message ?? null);
  }

  /** Let Tab reach this message and no other; the newest one if that is gone. */
  #rove(row = this.#reachable) {
    const next = row?.isConnected ? row : this.list.lastElementChild;
    if (next === this.#reachable) return;
    this.#reachable?.querySelector(".message").setAttribute("tabindex", "-1");
    next?.querySelector(".message").setAttribute("tabindex", "0");
    this.#reachable = next;
  }

  /** Move between messages with the arrow keys, Home and End while one has the focus. */
  #walk(event) {
    if (!event.target.matches(".message")) return;
    const row = event.target.closest(".row");
    const to = { ArrowUp: row.previousElementSibling, ArrowDown: row.nextElementSibling, Home: this.list.firstElementChild, End: this.list.lastElementChild };
    if (!(event.key in to)) return;
    event.preventDefault();
    to[event.key]?.querySelector(".message").focus();
  }
}

/** The beginning of a channel. */
export function welcome(world, channelId, tips) {
  const name = world.channelName(channelId);
  const [mark, title, what] = !world.guildOf(channelId)
    ? ["quotes", name, t("This is your direct message history with {name}. Just write: no command is needed here.", { name })]
    : world.isThread(channelId)
      ? ["thread", name, t("A thread in #{name}.", { name: world.channelName(world.channelsById.get(channelId).parent_id) })]
      : ["hash", t("Welcome to #{name}", { name }), t("This is the beginning of #{name}.", { name })];
  return [h("div", { class: "welcome-mark" }, icon(mark)), h("h2", {}, title), h("p", { class: "faint" }, what), tips].filter(Boolean);
}
