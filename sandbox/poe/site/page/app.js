// The chat page: it waits as long as hydration takes, then replaces the server's elements with its own.
import { Chat } from "./chat.js";
import { Composer } from "./composer.js";
import { confirmPrice, limit, promo, toast } from "./dialogs.js";
import { button, css, el, labelled, moodsAsked, on, page } from "./dom.js";
import { isOwn, nonce, query, telemetry } from "./gql.js";
import { Rows } from "./rows.js";
import { Wire } from "./wire.js";

const RENDER_EVERY = 200; // a React page renders now and then for its own reasons

class App {
  constructor() {
    this.chat = new Chat(page.chat);
    this.composer = new Composer(
      (text) => this.send(text),
      () => this.stop(),
    );
    this.list = el("div", { class: css("bucket") });
    this.rows = new Rows(this.list, (text) => this.send(text));
    this.price = null;
    this.awaiting = false; // a prompt was accepted, and no bot message has come yet
    this.stopping = false; // Stop was pressed before there was anything to stop
    this.wire = new Wire(
      (inners, seq) => this.hear(inners, seq),
      () => this.refresh(),
    );
  }

  mount() {
    document.getElementById("__next").replaceChildren(sidebar(), header(), this.main());
    setInterval(() => this.composer.render(), RENDER_EVERY);
    this.render();
    this.wire.start();
    if (on("promo")) promo();
  }

  main() {
    // Not modelled: pressing it gets a 501, and the server's log says so.
    const clear = button("clear", "clear", "🧹", { click: () => query("SendChatBreakMutation", {}) });
    const footer = el("footer", { class: css("footer") }, el("div", { class: css("inputFooter") }, clear), this.composer.element);
    const scroller = el("div", { class: css("scroller") }, el("div", { class: css("paging") }), botTitle(), this.list);
    return el("main", {}, el("div", { class: css("scrollWrapper") }, scroller), footer);
  }

  async send(text) {
    if (moodsAsked()) {
      this.composer.setBusy(true);
      await moodsAsked();
      this.composer.setBusy(false);
      if (!this.composer.ready()) return; // by now nothing can be sent
    }
    if (on("price-dialog", text)) confirmPrice(() => this.post(text));
    else this.post(text);
  }

  // The text area is emptied at once, and filled again if the site refuses.
  async post(text) {
    const files = this.composer.files.take();
    this.composer.setBusy(true);
    this.composer.fill("");
    const edge = await this.deliver(text, files).catch(() => null);
    if (edge?.status === "success") this.sent(edge);
    else this.refused(text, edge);
    this.composer.setBusy(false);
    telemetry("chat_input");
  }

  async deliver(text, files) {
    const reply = await query("SendMessageMutation", this.variables(text, nonce()), files);
    return reply.data?.messageEdgeCreate;
  }

  // An outdated price is updated, so that pressing Send again works.
  refused(text, edge) {
    this.composer.fill(text);
    this.price = edge?.price ?? this.price;
    if (edge?.status === "reached_limit") limit(edge.statusMessage);
    else toast(edge?.statusMessage ?? "Something went wrong. Please wait a moment and try again.");
  }

  variables(text, clientNonce) {
    return {
      chatId: this.chat.id,
      bot: page.handle,
      query: text,
      shouldFetchChat: this.chat.id === null,
      source: { sourceType: "chat_input", chatInputMetadata: { useVoiceRecord: false } },
      clientNonce,
      sdid: "",
      attachments: [],
      existingMessageAttachmentsIds: [],
      messagePointsDisplayPrice: this.price,
      referencedMessageId: null,
    };
  }

  sent(edge) {
    const fresh = this.chat.id === null;
    this.awaiting = true;
    this.chat.put(edge.message.node, 0);
    if (fresh) {
      this.chat.know(edge.chat);
      history.pushState(null, "", `/chat/${edge.chat.chatCode}`);
    }
    this.render();
  }

  stop() {
    const running = this.chat.running();
    this.stopping = running.length === 0;
    for (const message of running) query("StopMessage_messageCancel_Mutation", { messageId: message.messageId });
  }

  hear(inners, seq) {
    inners.filter((inner) => inner.message_type === "sandboxFreeze" && isOwn(inner.channel)).forEach((inner) => freeze(inner.seconds));
    if (this.chat.hear(inners, seq)) this.render();
  }

  // Read from the server what a new socket has missed.
  async refresh() {
    if (this.chat.code === null) return;
    const reply = await query("ChatPageQuery", { chatCode: this.chat.code });
    if (reply.data?.chatOfCode) this.chat.read(reply.data.chatOfCode);
    this.render();
  }

  render() {
    this.rows.update(this.chat);
    const last = this.chat.sorted().at(-1);
    const running = this.chat.running().length > 0;
    if (last && last.author !== "human") this.awaiting = false;
    if (this.stopping && running) this.stop();
    this.composer.setAnswering(running || this.awaiting);
    if (this.chat.title) document.title = `${this.chat.title} - Poe (sandbox)`;
  }
}

// Hang the page's script: nothing in the tab responds meanwhile.
// A script that waits for an answer hangs its page as one that computes does, and keeps no processor busy.
function freeze(seconds) {
  const end = performance.now() + seconds * 1000;
  for (let left = seconds; left > 0; left = (end - performance.now()) / 1000) {
    const request = new XMLHttpRequest();
    request.open("GET", `/_next/data/hydration?seconds=${left}`, false);
    try {
      request.send();
    } catch {} // the server is down
  }
}

function sidebar() {
  // A hidden search box precedes the prompt, as on the real page.
  const search = el("textarea", { class: css("search"), tabindex: -1, ...labelled("search") });
  const subscribe = button("primaryButton", "", "Subscribe");
  const feedback = button("plainButton", "feedback", "Feedback");
  return el("aside", { class: css("sidebar") }, search, subscribe, feedback);
}

function header() {
  const fresh = el("div", { class: css("newChat") }, el("a", { href: `/${page.handle}` }, page.labels.newChat));
  return el("header", { class: css("header") }, fresh, button("plainButton", "user", "☰"));
}

const botTitle = () =>
  el("a", { class: css("botTitle"), href: `/${page.handle}` }, el("div", { class: css("botText") }, el("p", {}, page.handle)));

// The server delays this response for as long as hydration takes; a timer would be throttled in background tabs.
await fetch(`/_next/data/hydration?seconds=${page.hydration}`);
new App().mount();
