// The composer: a controlled text area, and one button that is Send or Stop.
//
// It behaves like a React form: the composer's own state decides. Every render resets the area's text to that state, and
// the state changes only with an input event whose value the tracker hasn't seen.
import { askMoods, button, css, el, on, page } from "./dom.js";
import { Files } from "./files.js";

const SEND_LATE = (page.moods["late-send"] ?? 0) * 1000;
const native = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value");

export class Composer {
  // onSend(text) and onStop() are called once per press.
  constructor(onSend, onStop) {
    this.onSend = onSend;
    this.onStop = onStop;
    this.state = "";
    this.tracked = "";
    this.emptied = false;
    this.changed = 0; // when the state became what it is
    this.busy = false; // the request that sends is under way
    this.answering = false;
    this.files = new Files(() => this.render());
    this.area = this.makeArea();
    this.wrap = el("div", { class: css("growWrap") }, this.area);
    this.send = button("send", "send", "➤", { click: () => this.press() });
    this.stop = button("stop", "stop", "■", { click: () => this.onStop() });
    this.slot = el("div", { class: "sendSlot" }, this.send);
    this.element = this.makeContainer();
    this.render();
  }

  makeArea() {
    const area = el("textarea", { class: css("prompt"), rows: 1, placeholder: page.labels.placeholder });
    const tracker = (value) => {
      this.tracked = String(value);
    };
    // An own property, like React's value tracker: scripts that assign to .value go through it, typing doesn't.
    Object.defineProperty(area, "value", {
      configurable: true,
      enumerable: true,
      get: () => native.get.call(area),
      set(value) {
        tracker(value);
        native.set.call(area, value);
      },
    });
    area.addEventListener("input", (event) => this.input(event));
    area.addEventListener("keydown", (event) => this.key(event));
    for (const name of ["focus", "blur", "click"]) area.addEventListener(name, () => this.render());
    return area;
  }

  makeContainer() {
    const { input, previews } = this.files;
    const attach = button("plainButton", "attach", "+", { click: () => input.click() });
    const voice = button("primaryButton", "voice", "🎙");
    const files = on("no-files") ? [] : [input, previews, attach];
    return el("div", { class: css("inputContainer") }, ...files, this.wrap, voice, this.slot);
  }

  input(event) {
    const value = native.get.call(this.area);
    if (value === this.tracked) {
      this.emptied = value === "";
      return this.render();
    }
    this.tracked = value;
    if (event.isTrusted || value === "" || this.emptied || on("plain-setter")) this.set(value);
    this.emptied = value === "";
    this.render();
  }

  key(event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      this.press();
    }
  }

  ready() {
    const blocked = this.busy || this.answering || this.files.uploading > 0 || on("tooltip-limit");
    return this.state.trim() !== "" && !blocked && performance.now() - this.changed >= SEND_LATE;
  }

  set(text) {
    if (text && !this.state) askMoods();
    this.state = text;
    this.changed = performance.now();
  }

  press() {
    if (this.ready()) this.onSend(this.state);
  }

  fill(text) {
    this.set(text);
    this.render();
  }

  setAnswering(answering) {
    this.answering = answering;
    this.render();
  }

  setBusy(busy) {
    this.busy = busy;
    this.render();
  }

  render() {
    if (native.get.call(this.area) !== this.state) this.area.value = this.state;
    this.wrap.setAttribute("data-replicated-value", this.state);
    this.send.disabled = !this.ready();
    if (on("tooltip-limit")) this.tooltip();
    const shown = this.answering ? this.stop : this.send;
    if (this.slot.firstChild !== shown) this.slot.replaceChildren(shown);
  }

  tooltip() {
    if (this.element.querySelector("[role=tooltip]")) return;
    this.element.append(el("div", { class: css("noFreeTooltip"), role: "tooltip" }, "You have no free messages left today."));
  }
}
