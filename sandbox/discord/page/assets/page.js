/** The demo page: it connects, receives frames, and passes each to the part that shows it. */

import { MoodMenu } from "./menu.js";
import { Composer } from "./composer.js";
import { Connection } from "./connection.js";
import { $, h, icon, toast } from "./dom.js";
import { plainText } from "./message.js";
import { openModal } from "./modal.js";
import { recall, remember } from "./session.js";
import { drawHead, drawMembers, drawPeople, drawSidebar, listenForPeopleKeys } from "./sidebar.js";
import { Store } from "./store.js";
import { Timeline, welcome } from "./timeline.js";
import { TipsButton, tipCards, tips } from "./tips.js";
import { Toolbar } from "./toolbar.js";
import { speak, t } from "./words.js";
import { CHANNEL, FLAG, World } from "./world.js";

const QUIET_BEFORE_READING = 1500;

class Page {
  world = null;
  channelId = null;
  store = new Store();
  unread = new Set();
  #pressed = new Map();
  #commandNames = new Map();
  #announcing = 0;
  #byPointer = false;

  constructor() {
    this.toolbar = new Toolbar($("messages"), this);
    this.timeline = new Timeline(this, this.toolbar);
    this.tips = new TipsButton($("tips-place"), (text) => this.composer.fill(text));
    this.composer = new Composer($("composer-place"), this);
    this.menu = new MoodMenu(this.ask);
    this.connection = new Connection(
      (type, data) => this.#frame(type, data),
      (connected) => this.#connected(connected),
    );
    this.#listen();
    this.connection.open(recall("person"));
  }

  // What the parts of the page call.

  ask = (op, fields) => this.connection.ask(op, fields);

  go = (channelId) => {
    this.channelId = channelId;
    remember({ channel: channelId });
    this.unread.delete(channelId);
    this.#closeSidebar();
    this.#drawAround();
    this.composer.turn();
    this.timeline.open(channelId).catch((error) => toast(error.message));
    this.#drawWelcome();
    if (!matchMedia("(pointer: coarse)").matches) this.composer.focus(); // not on a phone, where the keyboard would cover the messages
  };

  become = (userId) => {
    if (userId === this.world.meId) return;
    this.store.clear();
    this.unread.clear();
    this.#pressed.clear();
    this.timeline.clear();
    const { username } = this.world.usersById.get(userId);
    remember({ person: username });
    this.connection.open(username);
  };

  /** Go to a channel, and there to a message, if one is given. */
  goTo = async (channelId, messageId) => {
    if (!this.world.channelsById.has(channelId)) return toast(t("You can't see that channel"));
    if (channelId !== this.channelId) this.go(channelId);
    if (messageId && !(await this.timeline.find(messageId))) toast(t("That message was deleted"));
  };

  speak = (locale) =>
    this.ask("locale", { locale })
      .then((data) => this.#setWorld(data))
      .catch((error) => toast(error.message));

  reply = (message) => this.composer.reply(message);

  find = (id) => this.store.find(this.channelId, id);

  jumpTo = (id) => this.goTo(this.channelId, id);

  dismiss = (message) => this.#remove(message.channel_id, message.id);

  /** Run a command and remember its whole name: a message names only the command, not its subcommand. */
  run = async (name, fields) => {
    const { interaction_id: id } = await this.ask("command", fields);
    this.#commandNames.set(id, name);
    this.timeline.toBottom();
  };

  commandName = (interactionId) => this.#commandNames.get(interactionId);

  loaded = (channelId) => {
    if (channelId === this.channelId) this.#drawWelcome();
  };

  async press(message, customId, values) {
    const fields = { channel_id: message.channel_id, message_id: message.id, custom_id: customId, ...(values && { values }) };
    const { interaction_id: id } = await this.ask("press", fields);
    this.#pressed.set(id, message.id);
  }

  // What the server sends.

  #frame(type, data) {
    const handlers = {
      WORLD: () => this.#setWorld(data),
      PRESENCE: () => this.#showPresence(data),
      MESSAGE_CREATE: () => this.#put(data, true),
      MESSAGE_UPDATE: () => this.#put(data, false),
      MESSAGE_DELETE: () => this.#remove(data.channel_id, data.id),
      INTERACTION_ANSWERED: () => this.timeline.view(this.#pressed.get(data.interaction_id))?.settle(),
      INTERACTION_FAILED: () => this.#failed(data),
      MODAL: () => this.#modal(data),
      MENU: () => this.menu.show(data),
    };
    handlers[type]?.();
  }

  #setWorld(data) {
    const before = this.world;
    this.world = new World(data);
    if (before?.locale !== data.locale) {
      speak(data.locale);
      this.menu.translate();
    }
    this.#speakAsTheBrowser();
    $("notice-text").textContent = t(data.notice);
    drawPeople(this);
    const moved = before?.meId !== this.world.meId || !this.world.channelsById.has(this.channelId);
    if (moved || before.locale !== data.locale) return this.go(this.#startingChannel(before));
    this.#drawAround();
    this.#drawWelcome();
    this.timeline.refresh(this.channelId).catch((error) => toast(error.message));
  }

  #showPresence(presence) {
    this.world.presence = presence;
    if (this.channelId) drawMembers(this);
  }

  /** The same channel as before, for the next person or after a reload; or their own DM; or else the first channel. */
  #startingChannel(before) {
    const { channelsById, guilds, dms } = this.world;
    const last = this.channelId ?? recall("channel");
    if (channelsById.has(last)) return last;
    const direct = before?.channelsById.get(this.channelId)?.type === CHANNEL.dm;
    const guild = guilds.find(({ channels }) => channels.length);
    return direct || !guild ? dms[0].id : (guild.channels.find(({ type }) => type === CHANNEL.text) ?? guild.channels[0]).id;
  }

  #put(message, created) {
    const known = this.store.find(message.channel_id, message.id);
    this.store.put({ ...known, ...message });
    if (message.channel_id !== this.channelId) {
      if (created && message.author.id !== this.world.meId) this.unread.add(message.channel_id);
      return drawSidebar(this);
    }
    this.timeline.put(this.store.find(message.channel_id, message.id));
    if (message.author.id !== this.world.meId) this.#announce(message);
    if (created) this.#drawWelcome();
  }

  #remove(channelId, id) {
    this.store.remove(channelId, id);
    if (channelId === this.channelId) this.timeline.remove(id);
  }

  #failed({ channel_id: channelId, interaction_id: id, text }) {
    const view = this.timeline.view(this.#pressed.get(id));
    if (view) return view.fail(text);
    const author = this.world.usersById.get(this.world.bot_id);
    const origin = { type: this.#commandNames.has(id) ? 20 : 0, interaction_metadata: { id, user: this.world.me } };
    this.#put({ id, channel_id: channelId, author, flags: FLAG.ephemeral, timestamp: new Date().toISOString(), failure: text, ...origin }, false);
  }

  #modal(modal) {
    const { interaction_id: id } = modal;
    this.timeline.view(this.#pressed.get(id))?.settle();
    openModal(modal, (values) => this.ask("submit", { interaction_id: id, values }));
  }

  #connected(connected) {
    $("lost").hidden = connected;
    document.body.classList.toggle("offline", !connected);
    if (!connected) this.store.distrust();
  }

  /** Begin as each person in the browser's language, until another one is chosen. */
  #speakAsTheBrowser() {
    const { meId, locale } = this.world;
    const met = recall("met") ?? [];
    if (met.includes(meId)) return;
    remember({ met: [...met, meId] });
    if (navigator.language.split("-")[0] === "ru" && locale !== "ru") this.speak("ru");
  }

  // What the page draws itself.

  #drawAround() {
    drawSidebar(this);
    drawHead(this);
    drawMembers(this);
    document.title = `${this.world.signedName(this.channelId)} · ${t("Quoth demo: no real model answers")}`;
  }

  #tips() {
    return tips(this.world, !this.world.guildOf(this.channelId));
  }

  #drawWelcome() {
    const channel = this.store.channel(this.channelId);
    const whole = channel.loaded && (channel.complete || channel.messages.size === 0);
    const fill = (text) => this.composer.fill(text);
    $("welcome").replaceChildren(...(whole ? welcome(this.world, this.channelId, channel.messages.size === 0 && tipCards(this.#tips(), fill)) : []));
    this.tips.show(this.#tips());
    this.timeline.settle();
  }

  /** Announce a message to screen readers once it has stopped growing. */
  #announce(message) {
    clearTimeout(this.#announcing);
    this.#announcing = setTimeout(() => {
      const name = this.world.nameIn(message.channel_id, message.author);
      $("announcer").textContent = message.flags & FLAG.loading ? t("{name} is thinking…", { name }) : `${name}: ${plainText(message).slice(0, 300)}`;
    }, QUIET_BEFORE_READING);
  }

  #listen() {
    $("open-sidebar").append(icon("menu"));
    $("toggle-members").append(icon("people"));
    $("open-sidebar").addEventListener("click", ({ currentTarget }) => currentTarget.setAttribute("aria-expanded", String(document.body.classList.toggle("sidebar-open"))));
    $("toggle-members").addEventListener("click", ({ currentTarget }) => currentTarget.setAttribute("aria-pressed", String(!document.body.classList.toggle("members-hidden"))));
    document.querySelector("main").addEventListener("pointerdown", ({ target }) => !$("open-sidebar").contains(target) && this.#closeSidebar(), true);
    listenForPeopleKeys();
    $("conversation").addEventListener("click", revealSpoiler, true);
    $("conversation").addEventListener("keydown", (event) => ["Enter", " "].includes(event.key) && revealSpoiler(event), true);
    $("conversation").addEventListener("click", (event) => this.#follow(event));
    $("conversation").addEventListener("keydown", (event) => event.key === "Enter" && event.target.matches("span.mention") && this.#follow(event));
    document.addEventListener("pointerdown", () => (this.#byPointer = true), true);
    document.addEventListener("keydown", () => (this.#byPointer = false), true);
    for (const type of ["click", "change"]) document.addEventListener(type, () => this.#leaveButton());
    document.addEventListener("keydown", (event) => this.#typeAnywhere(event));
  }

  /** Follow a link or a mention that leads to a place of the demo. */
  #follow(event) {
    const { channelId, messageId, command } = event.target.closest("[data-channel-id], [data-command]")?.dataset ?? {};
    if (command) this.composer.fill(`/${command}`);
    else if (channelId) this.goTo(channelId, messageId);
    else return;
    event.preventDefault();
  }

  #closeSidebar() {
    document.body.classList.remove("sidebar-open");
    $("open-sidebar").setAttribute("aria-expanded", "false");
  }

  /** Take the focus from what was pressed by pointer, so that the space bar does not press it again. */
  #leaveButton() {
    const { activeElement: active } = document;
    const pressed = active.matches("button, a, select, summary") && !active.matches('[aria-expanded="true"]');
    if (this.#byPointer && pressed && !active.closest("dialog, [popover], #composer")) active.blur();
  }

  /** Send what is typed to the composer, wherever the focus is, unless it is typed into a field or presses a button. */
  #typeAnywhere(event) {
    const { activeElement: active } = document;
    const typed = event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey && !event.defaultPrevented;
    const elsewhere = active.closest("input, textarea, select, dialog, [popover], .command");
    const presses = event.key === " " && active.matches("button, a, summary, [role=button]");
    if (typed && !elsewhere && !presses) this.composer.focus();
  }
}

function revealSpoiler(event) {
  const spoiler = event.target.closest(".spoiler:not(.shown)");
  if (!spoiler) return;
  event.preventDefault();
  event.stopPropagation();
  spoiler.classList.add("shown");
  for (const name of ["role", "tabindex", "aria-label"]) spoiler.removeAttribute(name);
  spoiler.setAttribute("aria-expanded", "true");
}

new Page();
