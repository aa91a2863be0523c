// Dialogs as react-modal makes them, and toasts.
import { button, css, el, page } from "./dom.js";
import { query } from "./gql.js";

const TOAST = 6000;

// actions: [[label, run], …]; the first one is the prominent one. Closing runs none of them.
export function dialog(title, text, actions) {
  const portal = el("div", { class: "ReactModalPortal" });
  const close = () => {
    portal.remove();
    document.removeEventListener("keydown", onKey);
  };
  const onKey = (event) => event.key === "Escape" && close();
  const buttons = actions.map(([label, run], at) =>
    button(at === 0 ? "primaryButton" : "plainButton", "", label, { click: () => (close(), run()) }),
  );
  const content = el(
    "div",
    { class: "ReactModal__Content ReactModal__Content--after-open", role: "dialog", "aria-modal": "true", tabindex: -1 },
    el("button", { type: "button", class: css("modalClose"), "aria-label": page.labels.close, click: close }, "✕"),
    el("h2", {}, title),
    el("p", {}, text),
    ...buttons,
  );
  portal.append(el("div", { class: "ReactModal__Overlay ReactModal__Overlay--after-open" }, content));
  document.addEventListener("keydown", onKey);
  document.body.append(portal);
}

// Everything that costs points is reported to the server: a careful driver never gets here.
export const buy = (what) => query("SandboxPurchaseMutation", { what });

export function promo() {
  dialog("More of everything", "Subscribe and the sandbox will still not answer.", [["Subscribe now", () => buy("promo")]]);
}

export function limit(sentence) {
  dialog("You need more points", sentence, [["Buy points", () => buy("points")]]);
}

export function confirmPrice(send) {
  const sentence = "This message costs 350 points, which is above your budget for a message.";
  dialog("Confirm the price", sentence, [
    ["Send for 350 points", () => (buy("price"), send())],
    ["Cancel", () => {}],
  ]);
}

export function toast(sentence) {
  const element = el("div", { class: css("toast"), role: "alert" }, sentence);
  document.body.append(element);
  setTimeout(() => element.remove(), TOAST);
}
