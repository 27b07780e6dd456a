// What is typed into <form data-keep="key"> survives a lost session or a closed window: it is
// kept in this browser for the person signed in, brought back with a notice, and forgotten when
// the server says it is safe (event "kept-done", or an element data-kept-done="key"), after a
// week, and at sign-out. Passwords, files and hidden fields are never kept.
"use strict";

(() => {
  const WEEK_MS = 7 * 86400 * 1000;
  const user = document.body.dataset.user;
  const nameOf = (key) => `keep:${user}:${key}`;
  const SKIPPED = ["hidden", "password", "file", "submit", "button"];

  const fields = (form) =>
    [...form.elements].filter(
      (f) => f.name && !SKIPPED.includes(f.type) && f.dataset.keep === undefined &&
        f.tagName !== "FIELDSET" && f.tagName !== "BUTTON",
    );
  const valueOf = (field) => {
    if (field.type === "checkbox" || field.type === "radio") return field.checked;
    if (field.multiple) return [...field.selectedOptions].map((o) => o.value);
    return field.value;
  };
  const labelOf = (field) =>
    field.type === "checkbox" || field.type === "radio" ? `${field.name}=${field.value}` : field.name;
  const read = (form) => Object.fromEntries(fields(form).map((f) => [labelOf(f), valueOf(f)]));

  function put(form, kept) {
    let changed = false;
    for (const field of fields(form)) {
      const value = kept[labelOf(field)];
      if (value === undefined || JSON.stringify(value) === JSON.stringify(valueOf(field))) continue;
      changed = true;
      if (typeof value === "boolean") field.checked = value;
      else if (Array.isArray(value)) {
        for (const option of field.options) option.selected = value.includes(option.value);
      } else field.value = value;
    }
    return changed;
  }

  function stored(key) {
    try {
      const kept = JSON.parse(localStorage.getItem(nameOf(key)));
      if (kept && Date.now() - kept.at < WEEK_MS) return kept.values;
    } catch { /* not ours, or storage is closed: nothing is kept */ }
    return null;
  }

  function forget(key) {
    try { localStorage.removeItem(nameOf(key)); } catch { /* storage is closed */ }
  }

  function keep(form) {
    try {
      localStorage.setItem(nameOf(form.dataset.keep), JSON.stringify({ at: Date.now(), values: read(form) }));
    } catch { /* full or closed: typing goes on */ }
  }

  function notice(form, original) {
    const made = document.querySelector("template[data-kept-template]").content.firstElementChild.cloneNode(true);
    made.querySelector("[data-kept-discard]").addEventListener("click", () => {
      forget(form.dataset.keep);
      put(form, original);
      made.remove();
      form.dispatchEvent(new Event("input", { bubbles: true }));
      forget(form.dataset.keep);
    });
    form.prepend(made);
  }

  function start(form) {
    if (form.dataset.keepStarted) return;
    form.dataset.keepStarted = "yes";
    const original = read(form);
    const kept = stored(form.dataset.keep);
    if (kept && put(form, kept)) notice(form, original);
    let waiting = 0;
    form.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => keep(form), 300);
    });
    // A plain submit leaves before the delay is over.
    form.addEventListener("submit", () => { clearTimeout(waiting); keep(form); });
    form.addEventListener("keep:stop", () => clearTimeout(waiting));
  }

  function done(key) {
    for (const form of document.querySelectorAll(`form[data-keep="${CSS.escape(key)}"]`)) {
      form.dispatchEvent(new Event("keep:stop"));
    }
    forget(key);
  }

  // A new form has become a saved draft: that is where the page is found again.
  function rename(key, onward) {
    for (const form of document.querySelectorAll(`form[data-keep="${CSS.escape(key)}"]`)) {
      form.dataset.keep = onward;
    }
    done(onward);
  }

  function look(root = document) {
    if (!user) return;
    for (const mark of root.querySelectorAll("[data-kept-done]")) done(mark.dataset.keptDone);
    for (const form of root.querySelectorAll("form[data-keep]")) start(form);
  }

  document.addEventListener("kept-done", (event) => {
    const { key, onward } = event.detail;
    done(key);
    if (onward) rename(key, onward);
  });
  // What an earlier answer made us forget did not arrive after all.
  document.addEventListener("htmx:afterRequest", (event) => {
    const { status } = event.detail.xhr;
    const form = event.detail.elt.closest("form[data-keep]");
    if (form && ([0, 401, 403].includes(status) || status >= 500)) keep(form);
  });
  document.addEventListener("htmx:afterSettle", () => look());
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-sign-out]")) return;
    try {
      Object.keys(localStorage).filter((k) => k.startsWith("keep:")).forEach((k) => localStorage.removeItem(k));
    } catch { /* storage is closed */ }
  });
  look();
})();
