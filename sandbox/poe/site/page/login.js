// The login page: an e-mail address, then a code of six digits.
import { page } from "./dom.js";

const emailForm = document.getElementById("emailForm");
const codeForm = document.getElementById("codeForm");
const error = document.getElementById("loginError");

emailForm.addEventListener("submit", (event) => {
  event.preventDefault();
  codeForm.hidden = false;
  codeForm.querySelector("input").focus();
});

codeForm.addEventListener("submit", async (event) => {
  event.preventDefault();
  const body = JSON.stringify({ email: emailForm.querySelector("input").value, code: codeForm.querySelector("input").value });
  const response = await fetch("/api/login", { method: "POST", headers: { "Content-Type": "application/json" }, body });
  if (response.ok) location.assign(page.redirect);
  else error.textContent = (await response.json()).error;
});
