"use strict";
// What the portal does in the browser beside unfold: search, shortcuts, menus, and forms that are sent once.
const isTyping = (element) => element && (/^(input|textarea|select)$/i.test(element.tagName) || element.isContentEditable);
const remember = (name, value) => { try { localStorage.setItem(name, value); } catch { /* private windows keep nothing */ } };
const recall = (name) => { try { return localStorage.getItem(name); } catch { return null; } };

// Times are shown as this browser's clock has them; the server learns the zone's name and nothing else.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
document.cookie = `zone=${encodeURIComponent(zone)}; path=/; max-age=31536000; SameSite=Lax${location.protocol === "https:" ? "; Secure" : ""}`;

function searchBox() {
  const dialog = document.getElementById("search");
  if (!dialog) return () => {};
  const form = dialog.querySelector("[data-search]");
  const field = form.elements.q;
  const found = dialog.querySelector("[data-search-found]");
  const said = dialog.querySelector("[data-search-said]");
  let timer = null, asked = 0;

  async function ask() {
    const number = ++asked;
    const answer = await fetch(`${form.getAttribute("action")}?part=1`, { method: "POST", body: new FormData(form) });
    if (answer.redirected) { location.reload(); return; }
    const piece = await answer.text();
    if (number !== asked || !answer.ok) return;
    found.innerHTML = piece;
    const count = found.querySelectorAll("a").length;
    said.textContent = count === 0 ? form.dataset.foundNone : count === 1 ? form.dataset.foundOne : form.dataset.foundMany.replace("#", count);
  }
  function move(step) {
    const stops = [field, ...found.querySelectorAll("a")];
    const next = stops[stops.indexOf(document.activeElement) + step];
    if (next) { next.focus(); next.scrollIntoView({ block: "nearest" }); }
  }
  field.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, 200); });
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") { event.preventDefault(); move(event.key === "ArrowDown" ? 1 : -1); }
    if (event.key === "Enter" && document.activeElement === field) {
      const only = found.querySelectorAll("a");
      if (only.length === 1) { event.preventDefault(); only[0].click(); }
    }
  });
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  dialog.querySelector("[data-search-close]").addEventListener("click", () => dialog.close());
  const open = () => { if (!dialog.open) { dialog.showModal(); field.select(); if (!found.innerHTML) ask(); } };
  for (const opener of document.querySelectorAll("[data-search-open]")) opener.addEventListener("click", (event) => { event.preventDefault(); open(); });
  return open;
}

function shortcuts(openSearch) {
  const help = document.getElementById("shortcuts");
  const off = help?.querySelector("[data-shortcuts-off]");
  if (off) {
    off.checked = recall("shortcutsOff") === "1";
    off.addEventListener("change", () => remember("shortcutsOff", off.checked ? "1" : "0"));
  }
  for (const opener of document.querySelectorAll("[data-shortcuts-open]")) opener.addEventListener("click", () => help.showModal());
  const places = { h: "/admin/", m: "/admin/loyalty/member/", t: "/admin/ledger/posting/" };
  let isGoing = false;
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") { event.preventDefault(); openSearch(); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(document.activeElement) || recall("shortcutsOff") === "1" || document.querySelector("dialog[open]")) return;
    const link = isGoing && document.querySelector(`#nav-sidebar-apps a[href="${places[event.key] || "none"}"]`);
    isGoing = event.key === "g";
    if (link) { location.href = link.href; return; }
    if (event.key === "/" && !document.getElementById("searchbar")) { event.preventDefault(); openSearch(); }
    if (event.key === "?" && help) help.showModal();
  });
}

function menus() {
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details[data-menu][open]")) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details[data-menu][open]")) { menu.open = false; menu.querySelector("summary").focus(); }
  });
}

// What opens over the page, the menu on a phone and the filters, takes the focus, keeps it, and gives it back.
function panels() {
  for (const opener of document.querySelectorAll("[data-opens-over]")) {
    const panel = document.getElementById(opener.getAttribute("aria-controls"));
    if (!panel) continue;
    const stops = () => [...panel.querySelectorAll("a[href], button, input:not([type=hidden]), select, summary, [tabindex='0']")].filter((each) => each.checkVisibility());
    new MutationObserver(() => {
      if (opener.getAttribute("aria-expanded") === "true") requestAnimationFrame(() => stops()[0]?.focus());
      else if (!panel.contains(document.activeElement) && document.activeElement !== document.body) return;
      else if (opener.checkVisibility()) opener.focus();
    }).observe(opener, { attributeFilter: ["aria-expanded"] });
    panel.addEventListener("keydown", (event) => {
      if (event.key !== "Tab" || opener.getAttribute("aria-expanded") !== "true") return;
      const all = stops(), edge = event.shiftKey ? all[0] : all.at(-1);
      if (document.activeElement === edge) { event.preventDefault(); (event.shiftKey ? all.at(-1) : all[0]).focus(); }
    });
  }
}

// A form that was sent is not sent again by a second press; when one comes back to the page it can be.
function sendOnce() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || form.matches("[data-search]")) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    if (event.submitter) event.submitter.setAttribute("aria-disabled", "true");
    setTimeout(() => { delete form.dataset.sent; event.submitter?.removeAttribute("aria-disabled"); }, 8000);
  });
  addEventListener("pageshow", () => { for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent; });
}

// The words of an element without its pictures, which are words too to a machine.
function wordsOf(element) {
  if (element.matches(".material-symbols-outlined")) return "";
  const copy = element.cloneNode(true);
  for (const icon of copy.querySelectorAll(".material-symbols-outlined")) icon.remove();
  return copy.textContent.trim();
}

// A field in a row of a table is called what its column is called; a choice that is drawn anew, what its label says.
function nameFields(root) {
  for (const field of root.querySelectorAll("td input:not([type=hidden]), td select, td textarea")) {
    if (field.labels?.length || field.hasAttribute("aria-label") || field.hasAttribute("aria-labelledby")) continue;
    const cell = field.closest("td"), column = cell.closest("table").querySelector("thead tr")?.children[cell.cellIndex];
    const named = column && wordsOf(column).replace("*", "").trim();
    if (named) field.setAttribute("aria-label", named);
  }
  for (const cell of root.querySelectorAll("#result_list [data-label]")) cell.dataset.label = cell.dataset.label.charAt(0).toUpperCase() + cell.dataset.label.slice(1);
  for (const drawn of root.querySelectorAll(".select2-selection, .select2-selection__rendered")) {
    const field = drawn.closest(".select2-container")?.previousElementSibling;
    const named = field?.labels?.[0]?.textContent.replace("*", "").trim();
    if (named) drawn.setAttribute("aria-label", named);
  }
}

// unfold opens some things by a click on what is neither a link nor a button: make them reachable by keyboard and named.
function mend(root) {
  for (const icon of root.querySelectorAll(".material-symbols-outlined:not([aria-hidden])")) {
    const owner = icon.closest("a, button");
    if (!icon.hasAttribute("x-on:click") && !(owner && !owner.getAttribute("aria-label") && owner.textContent.trim() === icon.textContent.trim() && !owner.title)) icon.setAttribute("aria-hidden", "true");
  }
  for (const opener of root.querySelectorAll("[x-on\\:click]")) {
    if (opener.matches("button, a[href], input, select, summary, .sidebar-shade, #changelist-filter-close, template") || opener.hasAttribute("role")) continue;
    opener.setAttribute("role", "button");
    opener.tabIndex = 0;
    if (!wordsOf(opener)) opener.setAttribute("aria-label", opener.title || document.body.dataset.open || "Open");
    opener.addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); opener.click(); } });
  }
  for (const frame of root.querySelectorAll(".simplebar-content-wrapper, .overflow-x-auto, .table-frame")) {
    if (frame.scrollWidth > frame.clientWidth + 1 && !frame.hasAttribute("tabindex")) frame.tabIndex = 0;
  }
}

// Each mistake of a form belongs to its field; the first one is where one goes on.
function errors() {
  const lists = [...document.querySelectorAll("ul.errorlist, .field-error, .errors .text-red-600")];
  for (const [number, list] of lists.entries()) {
    const place = list.parentElement.matches("form, .field") ? list.parentElement : list.closest(".errors, .form-row, .field-row, div")?.parentElement;
    const field = place?.querySelector("input:not([type=hidden]), select, textarea");
    list.id ||= `mistake-${number}`;
    if (field) { field.setAttribute("aria-invalid", "true"); field.setAttribute("aria-describedby", `${field.getAttribute("aria-describedby") || ""} ${list.id}`.trim()); if (number === 0) field.focus(); }
  }
  for (const note of document.querySelectorAll(".errornote")) note.setAttribute("role", "alert");
}

document.addEventListener("DOMContentLoaded", () => {
  shortcuts(searchBox());
  menus();
  panels();
  sendOnce();
  mend(document);
  nameFields(document);
  errors();
  document.addEventListener("formset:added", (event) => { mend(event.target); nameFields(event.target); });
  for (const printer of document.querySelectorAll("[data-print]")) printer.addEventListener("click", () => print());
});
addEventListener("load", () => nameFields(document));
