/*
 * Runs before the page's own scripts and records what the page sends and receives, so that Quoth can read it.
 *
 * It never throws into the page, changes nothing that the page can see, and keeps `instanceof`, constants and protocols
 * intact (by Proxies). Events are numbered and kept in order in `window.__quoth`; page.js adds the rest to it.
 */
(() => {
  if (window.__quoth) return;
  const KEPT = 4000; // Events kept at most; a reader that is further behind has to read the page itself.
  const LONG = 1000; // Characters from which on a text is sent as the changes of an earlier one.
  const BASES = 8; // How many earlier texts are kept for that; tab.py has the same number.
  const ANCHOR = 48; // Characters that have to agree where an older text continues in a newer one,
  const SKIPPED = 24; // also where so many characters of the older one were replaced, such as a counter.
  const documentId = `${Date.now()}.${Math.random()}`; // differs from that of earlier documents in the tab
  const events = [];
  const waiting = new Set();
  const texts = []; // the last long texts that were sent, the newest first
  const ignored = new Set(); // chats whose frames are not recorded
  let listening = true;
  let listener = null; // gets each event at once; without one, events are kept until somebody asks
  let count = 0;

  function record(kind, data) {
    if (!listening) return;
    const envelope = kind === "frame" && (ignored.size || data.length >= LONG) && safely(() => JSON.parse(data));
    if (envelope && safely(() => isIgnored(envelope))) return;
    const event = { document: documentId, number: ++count, kind, ...(envelope ? shortened(data, envelope) : { data }) };
    if (listener) return void safely(() => listener(JSON.stringify(event)));
    events.push(event);
    if (events.length > KEPT) events.splice(0, events.length - KEPT);
    for (const wake of [...waiting]) wake();
  }

  /** Whether all messages in a frame say that they belong to chats that are ignored. */
  function isIgnored({ messages }) {
    if (!Array.isArray(messages) || !messages.length) return false;
    const chatOf = (message) => /"unique_id":\s*"[^"]*:(\d+)"/.exec(message);
    return messages.map((one) => chatOf(typeof one === "string" ? one : JSON.stringify(one))).every((chat) => chat && ignored.has(chat[1]));
  }

  /** How many characters two texts share at their beginnings. Compares slices, which is native code: texts may be long. */
  function shared(one, other, most) {
    let low = 0;
    for (let high = most; low < high; ) {
      const middle = (low + high + 1) >> 1;
      if (one.slice(low, middle) === other.slice(low, middle)) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** An index, or the one before it if it lies in the middle of a surrogate pair. */
  const undivided = (text, at) => at - Number(/[\ud800-\udbff]/.test(text.charAt(at - 1)));

  /**
   * A text as parts of an older one, each with the new text after it: [from, to, newText]. `to` is null for its end.
   */
  function parts(text, older) {
    const found = [];
    for (let at = 0, from = 0; at < text.length; ) {
      const rest = text.slice(at);
      const head = undivided(rest, shared(rest, older.slice(from), Math.min(rest.length, older.length - from)));
      const to = from + head;
      const [skipped, next] = goesOn(rest, older, head, to);
      found.push([from, to === older.length ? null : to, rest.slice(head, next)]);
      at += next;
      from = to + skipped;
    }
    return found;
  }

  /** Where an older text continues in a newer one, and how many of its characters are left out there. */
  function goesOn(rest, older, head, to) {
    for (const skipped of [0, SKIPPED]) {
      const start = undivided(older, to + skipped);
      const anchor = older.slice(start, start + ANCHOR);
      const next = anchor.length === ANCHOR ? rest.indexOf(anchor, head) : -1;
      if (next >= 0) return [start - to, next];
    }
    return [0, rest.length];
  }

  /** The name that stands for a long text. A new one is added to `sent`, as parts of an earlier text if it can be. */
  function named(text, sent) {
    let best = [null, text];
    let least = text.length / 2;
    for (const { name, whole } of texts) {
      if (whole === text) return name;
      const found = parts(text, whole);
      const size = found.reduce((sum, part) => sum + part[2].length + ANCHOR, 0);
      if (size < least) [best, least] = [[name, found], size];
      if (size < LONG) break;
    }
    const name = `${documentId}.${++named.count}`;
    sent.push([name, ...best]);
    texts.unshift({ name, whole: text });
    if (texts.length > BASES) texts.pop();
    return name;
  }
  named.count = 0;

  /** A frame with its messages parsed, which come as JSON in JSON. */
  function parsed(envelope) {
    const messages = envelope.messages.map((one) => (typeof one === "string" ? JSON.parse(one) : one));
    return { ...envelope, messages };
  }

  /** A frame with its long texts taken out: each repeats the earlier one and adds to it, so only changes are sent. */
  function shortened(frame, envelope) {
    if (frame.length < LONG) return { data: frame };
    const sent = [];
    function short(key, value) {
      if (typeof value === "number" && Math.abs(value) > Number.MAX_SAFE_INTEGER) throw new RangeError("not exact here");
      return typeof value === "string" && value.length >= LONG && !Array.isArray(this) ? named(value, sent) : value;
    }
    const data = safely(() => JSON.stringify(parsed(envelope), short));
    if (data !== undefined) return { data, texts: sent };
    texts.splice(0, sent.length); // these were not sent after all
    return { data: frame };
  }

  function safely(work) {
    try {
      return work();
    } catch {
      return undefined;
    }
  }

  /** All events after a number; drops those before. */
  function after(number) {
    while (events.length && events[0].number <= number) events.shift();
    return { document: documentId, events: events.slice() };
  }

  /**
   * Resolves with the events after those that were read: at once if there are some, else when one comes or time is up.
   * The reader passes the document that it knows, and the number of the last event that it read there.
   */
  function wait(known, read, milliseconds) {
    const number = known === documentId ? read : 0;
    return new Promise((resolve) => {
      const wake = () => {
        waiting.delete(wake);
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(wake, milliseconds);
      waiting.add(wake);
      if (count > number) wake();
    }).then(() => after(number));
  }

  const isUpdates = (url) => /\/updates\?.*min_seq/.test(String(url));
  const isQuery = (url) => /gql_(upload_)?POST/.test(String(url));

  let sockets = null; // How many sockets for updates are open; null until the first one opens.

  /** Records how many sockets are open whenever that changes. */
  function countSocket(socket) {
    socket.addEventListener("open", () => {
      record("sockets", (sockets = (sockets || 0) + 1));
      socket.addEventListener("close", () => record("sockets", --sockets));
    });
  }

  window.WebSocket = new Proxy(window.WebSocket, {
    construct(target, args, newTarget) {
      const socket = Reflect.construct(target, args, newTarget);
      safely(() => {
        socket.addEventListener("message", (event) => {
          if (typeof event.data === "string") record("frame", event.data);
        });
        if (isUpdates(args[0])) countSocket(socket);
      });
      return socket;
    },
  });

  /** The texts in a request's body: as a value if they are at hand, else as a promise. */
  function textsOf(request, body) {
    if (request instanceof Request && request.body) return request.clone().text().then((text) => [text]);
    if (body instanceof FormData) return [...body.values()].filter((value) => typeof value === "string");
    if (!body || body instanceof ReadableStream) return []; // a stream can be read once, and the page needs it
    return typeof body === "string" ? [body] : new Response(body).text().then((text) => [text]);
  }

  /** Records a prompt that is sent, with the nonce by which its echo is recognised. Returns whether it was a prompt. */
  function recordSend(texts) {
    for (const text of texts) {
      const request = safely(() => JSON.parse(text));
      const variables = request && request.variables;
      if (!variables || typeof variables.query !== "string") continue;
      record("sent", { query: variables.query, nonce: variables.clientNonce || null });
      return true;
    }
    return false;
  }

  /** Records a request if it sends a prompt. Returns whether it does, as a value or as a promise. */
  function recordRequest(url, request, body) {
    if (!isQuery(url)) return false;
    const texts = safely(() => textsOf(request, body)) || [];
    return texts instanceof Promise ? texts.then(recordSend, () => false) : recordSend(texts);
  }

  /** Records a response: to a prompt (status 0: there was none), pushed updates, or messages that the page read again. */
  function recordResponse(url, sends, status, body) {
    if (sends) record("answered", { status, body });
    else if (isUpdates(url)) record("frame", body);
    else if (isQuery(url) && /"messageId"/.test(body)) record("reread", body);
  }

  window.fetch = new Proxy(window.fetch, {
    apply(target, self, args) {
      const url = safely(() => (args[0] instanceof Request ? args[0].url : String(args[0]))) || "";
      if (!isQuery(url) && !isUpdates(url)) return Reflect.apply(target, self, args);
      const sends = recordRequest(url, args[0], args[1] && args[1].body);
      const answer = Reflect.apply(target, self, args);
      const read = async (response) => {
        const body = response.clone().text(); // at once, before the page reads the original
        recordResponse(url, await sends, response.status, await body);
      };
      const failed = async () => recordResponse(url, await sends, 0, "");
      answer.then(read).catch(failed);
      return answer;
    },
  });

  const send = XMLHttpRequest.prototype.send;
  const open = XMLHttpRequest.prototype.open;
  const addresses = new WeakMap();
  XMLHttpRequest.prototype.open = function (...args) {
    safely(() => addresses.set(this, String(args[1])));
    return Reflect.apply(open, this, args);
  };
  XMLHttpRequest.prototype.send = function (...args) {
    safely(() => {
      const url = addresses.get(this) || "";
      if (!isQuery(url) && !isUpdates(url)) return;
      const sends = recordRequest(url, null, args[0]);
      const read = async () => recordResponse(url, await sends, this.status, this.responseText);
      this.addEventListener("loadend", () => read().catch(() => {}));
    });
    return Reflect.apply(send, this, args);
  };

  /** Gives each event to a function from now on instead of keeping it. */
  function push(to) {
    listener = to;
  }

  /** Records everything from now on, or nothing. */
  function listen(on) {
    listening = on;
    ignored.clear();
    if (on && sockets !== null) record("sockets", sockets);
  }

  const ignore = (chats) => chats.forEach((chat) => ignored.add(String(chat)));

  Object.defineProperty(window, "__quoth", { value: { wait, push, listen, ignore }, enumerable: false });
})();
