/** The page's WebSocket: it receives frames for one person and sends their operations. */

import { t } from "./words.js";

const FIRST_PAUSE = 400;
const LONGEST_PAUSE = 5000;

export class Connection {
  #socket = null;
  #person = null;
  #requests = new Map();
  #number = 0;
  #pause = FIRST_PAUSE;
  #known = false;

  /**
   * @param {(type: string, data: object) => void} onFrame gets every frame that is not the reply to a request
   * @param {(connected: boolean) => void} onChange is called when the connection is made or lost
   */
  constructor(onFrame, onChange) {
    this.onFrame = onFrame;
    this.onChange = onChange;
  }

  /** Connect as a person, instead of the current one. Without an id the server chooses. */
  open(person = null) {
    this.#person = person;
    const old = this.#socket;
    this.#socket = null;
    old?.close();
    this.#failRequests();
    this.#connect();
  }

  /**
   * Request one operation.
   * @returns {Promise<any>} its result
   */
  ask(op, fields = {}) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return Promise.reject(new Error(t("Not connected right now")));
    const n = ++this.#number;
    this.#socket.send(JSON.stringify({ op, n, ...fields }));
    return new Promise((resolve, reject) => this.#requests.set(n, { resolve, reject }));
  }

  #connect() {
    const url = new URL("page/socket", location.href);
    url.protocol = url.protocol.replace("http", "ws");
    url.hash = "";
    url.search = "";
    if (this.#person) url.searchParams.set("user", this.#person);
    const socket = new WebSocket(url);
    this.#socket = socket;
    this.#known = false;
    socket.addEventListener("message", ({ data }) => socket === this.#socket && this.#receive(JSON.parse(data)));
    socket.addEventListener("close", () => socket === this.#socket && this.#lost());
  }

  #receive({ t, d }) {
    if (t === "REPLY") {
      const request = this.#requests.get(d.n);
      this.#requests.delete(d.n);
      if (d.ok) request?.resolve(d.result);
      else request?.reject(new Error(explain(d.error)));
      return;
    }
    if (t === "WORLD") {
      this.#pause = FIRST_PAUSE;
      this.#known = true;
      this.onChange(true);
    }
    this.onFrame(t, d);
  }

  #lost() {
    this.#failRequests();
    this.onChange(false);
    // A restarted sandbox doesn't know the old ids, so let it choose.
    if (!this.#known) this.#person = null;
    const socket = this.#socket;
    setTimeout(() => socket === this.#socket && this.#connect(), this.#pause);
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
  }

  #failRequests() {
    for (const { reject } of this.#requests.values()) reject(new Error(t("The connection was lost")));
    this.#requests.clear();
  }
}

function explain(error) {
  return t(typeof error === "string" ? error : error?.message ?? "That did not work");
}
