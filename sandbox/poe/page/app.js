// The chat page: waits as long as hydration takes, then puts its own elements in place of the server's.
import { Chat } from "./chat.js";
import { Composer } from "./composer.js";
import { button, css, el, page } from "./dom.js";
import { nonce, query } from "./gql.js";
import { Rows } from "./rows.js";
import { Wire } from "./wire.js";

const RENDER_EVERY = 200; // a React page renders now and then for reasons of its own

class App {
  constructor() {
    this.chat = new Chat(page.chat);
    this.composer = new Composer(
      (text) => this.send(text),
      () => this.stop(),
    );
    this.list = el("div", { class: css("bucket") });
    this.rows = new Rows(this.list, (text) => this.send(text));
    this.awaiting = false; // a prompt was taken and no bot message has come yet
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
  }

  main() {
    const clear = button("plainButton", "clear", "🧹", { click: () => this.clear() });
    const footer = el("footer", { class: css("footer") }, el("div", { class: css("inputFooter") }, clear), this.composer.element);
    const scroller = el("div", { class: css("scroller") }, el("div", { class: css("paging") }), botTitle(), this.list);
    return el("main", {}, el("div", { class: css("scrollWrapper") }, scroller), footer);
  }

  async send(text) {
    const clientNonce = nonce();
    this.composer.setBusy(true);
    this.composer.fill("");
    let edge;
    try {
      const reply = await query("SendMessageMutation", this.variables(text, clientNonce));
      edge = reply.data?.messageEdgeCreate;
    } catch {
      edge = null;
    }
    if (edge?.status === "success") this.sent(edge);
    else this.composer.fill(text);
    this.composer.setBusy(false);
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
      messagePointsDisplayPrice: null,
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

  async clear() {
    if (this.chat.id !== null) await query("SendChatBreakMutation", { chatId: this.chat.id });
  }

  hear(inners, seq) {
    this.chat.hear(inners, seq);
    this.render();
  }

  // Whenever the socket is new, what it didn't carry is read from the server.
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

function sidebar() {
  // A search box that is there and can't be seen comes before the prompt, as on the real page.
  const search = el("textarea", { class: css("search"), tabindex: -1, "aria-label": page.labels.search });
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

setTimeout(() => new App().mount(), page.hydration * 1000);
