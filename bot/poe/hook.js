/*
 * Runs before the page's own scripts and notes what the page sends and receives, so that Quoth can read it.
 *
 * It never throws into the page, changes nothing that the page sees, and leaves `instanceof`, constants and protocols as
 * they are (Proxies keep them). News are kept in order with a number each, in `window.__quoth`; see page.js for the rest.
 */
(() => {
  if (window.__quoth) return;
  const KEPT = 4000; // News kept at the most; a reader that falls behind further reads the page itself.
  const born = `${Date.now()}.${Math.random()}`; // tells this document from those before it in the tab
  const news = [];
  const waiting = new Set();
  let count = 0;

  function note(kind, data) {
    news.push({ number: ++count, kind, data });
    if (news.length > KEPT) news.splice(0, news.length - KEPT);
    for (const wake of [...waiting]) wake();
  }

  function safely(work) {
    try {
      return work();
    } catch {
      return undefined;
    }
  }

  /** All news after a number; forgets what was read before. */
  function after(number) {
    while (news.length && news[0].number <= number) news.shift();
    return { born, news: news.slice() };
  }

  /**
   * Resolves with the news after a place: at once where there are some, else when some come or the time is over.
   * A place is the document that the reader knows and the number that it has read there.
   */
  function wait(known, read, milliseconds) {
    const number = known === born ? read : 0;
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

  window.WebSocket = new Proxy(window.WebSocket, {
    construct(target, args, newTarget) {
      const socket = Reflect.construct(target, args, newTarget);
      safely(() => {
        socket.addEventListener("message", (event) => {
          if (typeof event.data === "string") note("frame", event.data);
        });
        socket.addEventListener("close", () => note("closed", String(args[0])));
      });
      return socket;
    },
  });

  /** The texts of a request's body: at once where they are at hand, else as a promise. */
  function textsOf(request, body) {
    if (request instanceof Request && request.body) return request.clone().text().then((text) => [text]);
    if (body instanceof FormData) return [...body.values()].filter((value) => typeof value === "string");
    if (!body || body instanceof ReadableStream) return []; // a stream can be read only once, and the page has to
    return typeof body === "string" ? [body] : new Response(body).text().then((text) => [text]);
  }

  /** What a send carries: its nonce tells our echo from everybody else's. Returns whether it was a send. */
  function noteSend(texts) {
    for (const text of texts) {
      const request = safely(() => JSON.parse(text));
      const variables = request && request.variables;
      if (!variables || typeof variables.query !== "string") continue;
      note("sent", { query: variables.query, nonce: variables.clientNonce || null });
      return true;
    }
    return false;
  }

  /** Whether a request to this address is a send, as a value or as a promise; a send is noted. */
  function noteRequest(url, request, body) {
    if (!isQuery(url)) return false;
    const texts = safely(() => textsOf(request, body)) || [];
    return texts instanceof Promise ? texts.then(noteSend, () => false) : noteSend(texts);
  }

  /** Note an answer of the server: what a send was answered (0: nothing), what was pushed, what the page read again. */
  function noteAnswer(url, sends, status, body) {
    if (sends) note("answered", { status, body });
    else if (isUpdates(url)) note("frame", body);
    else if (isQuery(url) && /"messageId"/.test(body)) note("reread", body);
  }

  window.fetch = new Proxy(window.fetch, {
    apply(target, self, args) {
      const url = safely(() => (args[0] instanceof Request ? args[0].url : String(args[0]))) || "";
      if (!isQuery(url) && !isUpdates(url)) return Reflect.apply(target, self, args);
      const sends = noteRequest(url, args[0], args[1] && args[1].body);
      const answer = Reflect.apply(target, self, args);
      const read = async (response) => {
        const body = response.clone().text(); // now: the page is about to read the original
        noteAnswer(url, await sends, response.status, await body);
      };
      const failed = async () => noteAnswer(url, await sends, 0, "");
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
      const sends = noteRequest(url, null, args[0]);
      const read = async () => noteAnswer(url, await sends, this.status, this.responseText);
      this.addEventListener("loadend", () => read().catch(() => {}));
    });
    return Reflect.apply(send, this, args);
  };

  Object.defineProperty(window, "__quoth", { value: { wait }, enumerable: false });
})();
