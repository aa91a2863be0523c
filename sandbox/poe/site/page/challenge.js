// The challenge page: it clears itself after a while, or never.
const stage = document.getElementById("challenge-stage");
const seconds = stage.dataset.clears;

window._cf_chl_opt = { cvId: "sandbox", cType: seconds === undefined ? "interactive" : "managed" };
document.body.classList.remove("no-js");

async function clear() {
  await fetch("/cdn-cgi/challenge-platform/clear", { method: "POST" });
  location.reload();
}

if (seconds !== undefined) setTimeout(clear, Number(seconds) * 1000);
