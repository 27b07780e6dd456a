// What makes pages feel alive. Pages can be read without it; all words come from the server.
"use strict";

const body = document.body;
const one = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const words = one("template[data-words]")?.dataset ?? {};
const language = document.documentElement.lang || "en";

// --- toasts -------------------------------------------------------------------------------

const TOAST_MS = 7000;
const LOUD = new Set(["danger", "error", "warning"]);

function toast({ kind = "success", text }) {
  const box = one("[data-toasts]");
  const made = one("template[data-toast-template]")?.content.firstElementChild?.cloneNode(true);
  if (!box || !made || !text) return;
  const isSaid = all("[data-toast-text]", box).some((said) => said.textContent === text);
  if (isSaid && LOUD.has(kind)) return; // polling would pile them up
  made.className = `notice-toast notice-${kind}`;
  if (kind === "danger") made.setAttribute("role", "alert");
  one("[data-toast-text]", made).textContent = text;
  box.append(made);
  fade(made, kind);
}

function fade(element, kind) {
  // What went wrong stays until it is closed.
  if (!LOUD.has(kind)) setTimeout(() => element.remove(), TOAST_MS);
}

document.addEventListener("toast", (event) => toast(event.detail));
document.addEventListener("click", (event) => {
  event.target.closest("[data-toast-close]")?.closest("[data-toast]").remove();
});

// --- times: "5 minutes ago", exact on hover, in the reader's language and time zone ---------

const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
const exact = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "long" });
const day = new Intl.DateTimeFormat(language, { dateStyle: "medium" });
const STEPS = [["day", 86400], ["hour", 3600], ["minute", 60]];

function ago(at) {
  const seconds = Math.round((at - Date.now()) / 1000);
  if (Math.abs(seconds) > 30 * 86400) return day.format(at);
  const [unit, size] = STEPS.find(([, length]) => Math.abs(seconds) >= length) ?? [];
  return unit ? relative.format(Math.round(seconds / size), unit) : words.now;
}

function tellTimes(root = document) {
  for (const element of all("time[data-relative]", root)) {
    const at = new Date(element.dateTime);
    if (Number.isNaN(at.valueOf())) continue;
    element.title = exact.format(at);
    element.textContent = ago(at);
  }
}

setInterval(tellTimes, 30000);

// --- copy -----------------------------------------------------------------------------------

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  event.preventDefault();
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.classList.add("is-copied");
    setTimeout(() => button.classList.remove("is-copied"), 1500);
    toast({ kind: "info", text: `${words.copied}: ${button.dataset.copy}` });
  } catch {
    toast({ kind: "warning", text: words.copyFailed });
  }
});

// --- dialogs and menus ------------------------------------------------------------------------

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open]");
  if (opener) document.getElementById(opener.dataset.open)?.showModal();
  if (event.target.closest("[data-close]")) event.target.closest("dialog")?.close();
  if (event.target.matches("dialog.dialog")) event.target.close(); // its backdrop
  for (const menu of all("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  const quick = one("[data-quick-results]");
  if (quick && !event.target.closest(".search-box")) quick.replaceChildren();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  one("[data-quick-results]")?.replaceChildren();
  for (const menu of all("details.menu[open]")) {
    menu.open = false;
    one("summary", menu).focus();
  }
});

// A row can be clicked as a whole; the link in it is what keyboards and screen readers use.
document.addEventListener("click", (event) => {
  const row = event.target.closest("tr[data-href]");
  if (!row || event.target.closest("a, button, input, label, select, summary, form")) return;
  if (!getSelection().isCollapsed) return;
  if (event.metaKey || event.ctrlKey) open(row.dataset.href, "_blank", "noopener");
  else location.assign(row.dataset.href);
});

// --- are you sure? ------------------------------------------------------------------------------

const sure = new WeakSet();

function askFirst(element) {
  const dialog = one("#confirm-dialog");
  const slot = (name) => one(`[data-confirm-slot="${name}"]`, dialog);
  const { confirm, confirmTitle, confirmButton, confirmTyped } = element.dataset;
  slot("title").textContent = confirmTitle || slot("title").dataset.default;
  slot("text").textContent = confirm;
  slot("button").textContent = confirmButton || slot("button").dataset.default;
  slot("typed").hidden = !confirmTyped;
  slot("word").textContent = confirmTyped || "";
  const input = one("input", slot("typed"));
  input.value = "";
  const check = () => {
    slot("button").disabled = Boolean(confirmTyped) && input.value.trim() !== confirmTyped;
  };
  input.oninput = check;
  check();
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((answer) => {
    dialog.addEventListener("close", () => answer(dialog.returnValue === "yes"), { once: true });
  });
}

// Before htmx sees the submit: capture phase.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  const asking = event.submitter?.dataset.confirm ? event.submitter : form;
  if (!asking.dataset.confirm || sure.delete(asking)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const submitter = event.submitter;
  if (!(await askFirst(asking))) return;
  sure.add(asking);
  form.requestSubmit(submitter?.isConnected ? submitter : undefined);
}, true);

// Elements that are no forms but speak htmx.
document.addEventListener("htmx:confirm", async (event) => {
  const element = event.detail.elt;
  if (element.tagName === "FORM" || !element.dataset.confirm) return;
  event.preventDefault();
  if (await askFirst(element)) event.detail.issueRequest(true);
});

// A second click sends nothing twice. Buttons come back when the page is shown again.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented || form.dataset.again !== undefined) return;
  if (form.dataset.sending) return event.preventDefault();
  form.dataset.sending = "yes";
  form.setAttribute("aria-busy", "true");
});
addEventListener("pageshow", () => {
  for (const form of all("form[data-sending]")) rest(form);
});
const rest = (form) => {
  delete form.dataset.sending;
  form.removeAttribute("aria-busy");
};

// --- language: back to where we are, which is not always where the page came from ---------------

document.addEventListener("submit", (event) => {
  const next = event.target.matches("form.switch") && one("input[name=next]", event.target);
  if (next && next.value) next.value = location.pathname + location.search;
}, true);

// --- theme --------------------------------------------------------------------------------------

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-theme-form]") || !event.submitter) return;
  document.documentElement.dataset.theme = event.submitter.value;
  document.dispatchEvent(new Event("portal:theme"));
  for (const button of all("[data-theme-form] button")) {
    button.setAttribute("aria-pressed", String(button.value === event.submitter.value));
  }
}, true);

// --- htmx ---------------------------------------------------------------------------------------

let running = 0;
function progress(change) {
  running = Math.max(0, running + change);
  const line = one("[data-progress]");
  if (line) line.hidden = running === 0;
}
// Polling and cards load quietly; what a person did shows that it is on its way.
const isQuiet = (event) => /every|load/.test(event.detail.elt?.getAttribute("hx-trigger") ?? "");
document.addEventListener("htmx:beforeRequest", (event) => isQuiet(event) || progress(1));
document.addEventListener("htmx:afterRequest", (event) => {
  if (!isQuiet(event)) progress(-1);
  const form = event.detail.elt?.closest?.("form");
  if (form) rest(form);
});

// Filters that say nothing stay out of the address.
document.addEventListener("htmx:configRequest", (event) => {
  if (!event.detail.elt.matches("[data-clean-url]")) return;
  for (const [name, value] of [...event.detail.formData.entries()]) {
    if (value === "") event.detail.formData.delete(name);
  }
});

// While a Japanese word is still being composed, it is not yet what somebody looks for.
document.addEventListener("input", (event) => {
  if (event.isComposing) event.stopImmediatePropagation();
}, true);
document.addEventListener("compositionend", (event) => {
  event.target.dispatchEvent(new Event("input", { bubbles: true }));
}, true);

let told = false;
function sessionEnded(isAsked) {
  if (told && !isAsked) return; // polling says it once
  told = true;
  const dialog = one("#session-dialog");
  const back = encodeURIComponent(location.pathname + location.search);
  one("[data-session-link]", dialog).href = `${body.dataset.signIn}?next=${back}`;
  if (!dialog.open) dialog.showModal();
}

const isSignIn = (xhr) =>
  xhr.status === 401 ||
  (Boolean(body.dataset.signIn) && Boolean(xhr.responseURL) &&
    new URL(xhr.responseURL).pathname === body.dataset.signIn &&
    location.pathname !== body.dataset.signIn);

document.addEventListener("htmx:beforeSwap", (event) => {
  if (!isSignIn(event.detail.xhr)) return;
  event.detail.shouldSwap = false;
  event.detail.isError = false;
  sessionEnded(!isQuiet(event));
});

document.addEventListener("htmx:responseError", (event) => {
  const { xhr } = event.detail;
  if (isSignIn(xhr)) return sessionEnded(!isQuiet(event));
  if (/"toast"/.test(xhr.getResponseHeader("HX-Trigger") ?? "")) return undefined; // said already
  const said = { 403: words.forbidden, 404: words.missing, 429: words.tooMany };
  return toast({ kind: "danger", text: said[xhr.status] || words.failed });
});
document.addEventListener("htmx:sendError", () => toast({ kind: "danger", text: words.offline }));
document.addEventListener("htmx:timeout", () => toast({ kind: "danger", text: words.offline }));

function arrived(root) {
  tellTimes(root);
  for (const dialog of all("dialog[data-open-now]", root)) if (!dialog.open) dialog.showModal();
  for (const field of all(".field", root.closest?.(".field")?.parentElement ?? root)) {
    const wrong = Boolean(one(".field-error", field));
    for (const input of all(".form-control, .form-select, .form-check-input", field)) {
      input.classList.toggle("is-invalid", wrong);
      if (wrong) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
    }
  }
  one("[data-focus-me]", root)?.focus();
}
document.addEventListener("htmx:afterSettle", (event) => arrived(event.detail.elt));

// --- keys ---------------------------------------------------------------------------------------

let before = "";
document.addEventListener("keydown", (event) => {
  if (event.metaKey || event.ctrlKey || event.altKey || event.isComposing) return;
  if (event.target.closest("input, textarea, select, [contenteditable], dialog")) return;
  if (event.key === "/") {
    event.preventDefault();
    one("[data-search]")?.focus();
  } else if (event.key === "?") {
    one("#help-dialog")?.showModal();
  } else if (before === "g" && event.key === "h" && body.dataset.home) {
    location.assign(body.dataset.home);
  }
  before = event.key;
});

// Up and down walk through the quick results.
document.addEventListener("keydown", (event) => {
  const box = event.target.closest(".search-box");
  if (!box || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
  const stops = [one("[data-search]", box), ...all(".quick-results a", box)];
  const next = stops[stops.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1)];
  if (!next) return;
  event.preventDefault();
  next.focus();
});

// --- start --------------------------------------------------------------------------------------

tellTimes();
for (const element of all("[data-toasts] [data-toast]")) {
  fade(element, [...element.classList].join(" ").replace(/.*notice-(\w+)$/, "$1"));
}
one("[data-focus-me]")?.focus();
for (const dialog of all("dialog[data-open-now]")) dialog.showModal();
